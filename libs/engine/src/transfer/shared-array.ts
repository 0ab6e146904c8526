import { SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { ArrayName } from '../memory/array-name.js';

/** Arrays that messages may name; moments leave an engine only in a checkpoint. */
export const sharedArrays: ReadonlyMap<ArrayName, SharedArray> = new Map<ArrayName, SharedArray>([
  ['parameters', SharedArray.SHARED_ARRAY_PARAMETERS],
  ['reference', SharedArray.SHARED_ARRAY_REFERENCE],
  ['average', SharedArray.SHARED_ARRAY_AVERAGE],
  ['gradient', SharedArray.SHARED_ARRAY_GRADIENT],
  ['evaluation', SharedArray.SHARED_ARRAY_EVALUATION],
  ['taskGradient', SharedArray.SHARED_ARRAY_TASK_GRADIENT],
]);

const names = new Map([...sharedArrays].map(([name, shared]) => [shared, name]));

/** The array that a message names; undefined for none, and for one that this release does not know. */
export function fromSharedArray(shared: SharedArray): ArrayName | undefined {
  return names.get(shared);
}

/**
 * An array as messages name it.
 *
 * @throws RangeError for one that does not leave its engine.
 */
export function toSharedArray(array: ArrayName): SharedArray {
  const shared = sharedArrays.get(array);
  if (shared === undefined) throw new RangeError(`${array} does not leave its engine`);
  return shared;
}
