import type { ArrayName } from './array-name.js';
import type { Bank } from './parameter-store.js';

/** One array, or the sum of several: `((array + factor plus[0]) + factor plus[1]) + ...`, each operation in float32. */
export interface ArraySum {
  readonly array: ArrayName;
  readonly plus?: readonly ArrayName[];
  /** Default: 1. */
  readonly factor?: number;
}

/**
 * Calls `use` with the sum's elements in a bank, piece by piece in ascending order: byte offset of the piece, index
 * of its first element in the bank, and elements. One array is one piece, where it lies; the pieces of a sum
 * are made in the bank's scratch memory, so that adding changes no array and needs no memory of an array's size.
 */
export function visitSum(
  { kernels, pointer, length, scratch }: Bank,
  { array, plus = [], factor = 1 }: ArraySum,
  use: (piece: number, start: number, count: number) => void,
): void {
  if (plus.length === 0) {
    use(pointer(array), 0, length);
    return;
  }
  const sum = scratch.byteOffset;
  for (let start = 0; start < length; start += scratch.length) {
    const count = Math.min(scratch.length, length - start);
    kernels.copy(sum, pointer(array) + 4 * start, count);
    for (const term of plus) kernels.axpy(sum, pointer(term) + 4 * start, count, factor);
    use(sum, start, count);
  }
}
