import { onTestFinished } from 'vitest';
import type { BackEndName } from '../back-ends/back-end.js';
import { type OpenTerm, openTerm } from '../open-term.js';
import type { TermDescription } from '../term.js';

/** Opens a module for one test. */
export function openModule(
  changes: Partial<TermDescription> & Pick<TermDescription, 'source'>,
  backEnd: BackEndName = 'cpu',
): OpenTerm {
  const term = openTerm(
    {
      name: 'term.mjs',
      kind: 'objective',
      options: {},
      temperature: 0.1,
      timeLimitMs: 20_000,
      ...changes,
    },
    backEnd,
  );
  onTestFinished(() => term.close());
  return term;
}

/** A module of one function, written as its body. */
export const writeModule = (body: string) =>
  `export default {\n  estimate(tf, batch, options) {\n    ${body}\n  },\n};\n`;
