import { Fault } from '@holdfast/fault';
import type { ConstraintModule, ObjectiveModule } from '../term-module.js';

/** A module of either kind. */
export type LoadedModule = ObjectiveModule | ConstraintModule;

/** What V8 calls the module in the places of an error. */
export const sourceUrl = 'holdfast:term';

/**
 * Imports a module from its text.
 *
 * @throws Fault `invalid` if it exports something else; whatever importing it throws.
 */
export async function importModule(term: {
  readonly name: string;
  readonly source: string;
}): Promise<LoadedModule> {
  const text = `${term.source}\n//# sourceURL=${sourceUrl}\n`;
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
  const { default: exported } = (await import(url)) as { default?: Partial<LoadedModule> };
  if (typeof exported?.estimate === 'function') return exported as LoadedModule;
  throw new Fault(
    'invalid',
    `${term.name} has no default export with a function estimate(tf, batch, options)`,
  );
}
