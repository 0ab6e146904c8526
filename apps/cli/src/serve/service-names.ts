import { Fault } from '@holdfast/fault';
import { findNearestName } from '@holdfast/plan';

/** The services, the one that calls the others last. */
export const serviceNames = [
  'encoder',
  'optimizer',
  'constraint',
  'evaluator',
  'controller',
] as const;

/** A service's name. */
export type ServiceName = (typeof serviceNames)[number];

/**
 * Reads the services to serve; `all` is all five.
 *
 * @throws Fault `invalid` if there is none, or one of an unknown name.
 */
export function parseServiceNames(words: readonly string[]): ReadonlySet<ServiceName> {
  const known = [...serviceNames, 'all'];
  if (words.length === 0) throw new Fault('invalid', `name what to serve: ${known.join(', ')}`);
  for (const word of words) {
    if (known.includes(word)) continue;
    const nearest = findNearestName(word, known);
    const hint = nearest === undefined ? `there are ${known.join(', ')}` : `is it ${nearest}?`;
    throw new Fault('invalid', `there is no service '${word}'; ${hint}`);
  }
  return new Set(serviceNames.filter((name) => words.includes(name) || words.includes('all')));
}
