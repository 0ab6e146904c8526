import { Fault } from '@holdfast/fault';
import type { ArrayName } from './array-name.js';
import type { ParameterStore } from './parameter-store.js';

/**
 * Refuses to work with an array that does not stand for what the caller thinks: a replica that missed a step
 * would otherwise compute with old weights, and nobody would know.
 *
 * @throws Fault `out-of-step` that says which version the array has.
 */
export function requireVersion(
  store: Pick<ParameterStore, 'version'>,
  array: ArrayName,
  version: number,
): void {
  const found = store.version(array);
  if (found === version) return;
  const has = found === undefined ? 'nothing whole was written to it' : `it has version ${found}`;
  throw new Fault(
    'out-of-step',
    `${array} is not at version ${version}: ${has}; write that version first`,
  );
}

/** @throws Fault `aborted` if an array was written since somebody began to read it. */
export function requireUnwritten(
  store: Pick<ParameterStore, 'writes'>,
  array: ArrayName,
  writes: number,
): void {
  if (store.writes(array) === writes) return;
  throw new Fault('aborted', `${array} was written while it was read`);
}
