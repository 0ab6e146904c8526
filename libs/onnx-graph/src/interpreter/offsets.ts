import { computeStrides, countElements } from '../shape.js';

/** base + sum of index[i] strides[i] for every index of `shape`, in row-major order. */
export function listOffsets(
  shape: readonly number[],
  strides: readonly number[],
  base = 0,
): Int32Array {
  const offsets = new Int32Array(countElements(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < offsets.length; position += 1) {
    offsets[position] = index.reduce((sum, i, axis) => sum + i * strides[axis]!, base);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return offsets;
}

/** Where each element of a broadcast result of shape `wide` lies in an operand of shape `narrow`. */
export function listBroadcastOffsets(
  wide: readonly number[],
  narrow: readonly number[],
): Int32Array {
  const own = computeStrides(narrow);
  const added = wide.length - narrow.length;
  const strides = wide.map((_, axis) => {
    const narrowAxis = axis - added;
    return narrowAxis < 0 || narrow[narrowAxis] === 1 ? 0 : own[narrowAxis]!;
  });
  return listOffsets(wide, strides);
}
