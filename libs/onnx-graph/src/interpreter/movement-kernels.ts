import type { Op } from '../graph.js';
import { computeStrides, countElements } from '../shape.js';
import { type DenseTensor, type Kernel, readIntegers, readNumber } from './kernel.js';
import { listBroadcastOffsets, listOffsets } from './offsets.js';

const read = ({ data }: DenseTensor, offsets: Int32Array) =>
  Float64Array.from(offsets, (offset) => data[offset]!);

const reshape: Kernel = ([x]) => [x!.data];

const transpose: Kernel = ([x], node) => {
  const strides = computeStrides(x!.shape);
  const permutation = readIntegers(node, 'perm')!;
  return [
    read(
      x!,
      listOffsets(
        node.outputs[0]!.shape,
        permutation.map((axis) => strides[axis]!),
      ),
    ),
  ];
};

const expand: Kernel = ([x], node) => [
  read(x!, listBroadcastOffsets(node.outputs[0]!.shape, x!.shape)),
];

const slice: Kernel = ([x, starts, , axes], node) => {
  const strides = computeStrides(x!.shape);
  const base = starts!.data[0]! * strides[axes!.data[0]!]!;
  return [read(x!, listOffsets(node.outputs[0]!.shape, strides, base))];
};

const split: Kernel = ([x], node) => {
  const axis = readNumber(node, 'axis', 0);
  const strides = computeStrides(x!.shape);
  let start = 0;
  return node.outputs.map(({ shape }) => {
    const part = read(x!, listOffsets(shape, strides, start * strides[axis]!));
    start += shape[axis]!;
    return part;
  });
};

/** Writes parts into zeros of the output's shape, each at an offset. */
function place(shape: readonly number[], parts: readonly { part: DenseTensor; base: number }[]) {
  const result = new Float64Array(countElements(shape));
  const strides = computeStrides(shape);
  for (const { part, base } of parts) {
    const offsets = listOffsets(part.shape, strides, base);
    for (let i = 0; i < offsets.length; i += 1) result[offsets[i]!] = part.data[i]!;
  }
  return result;
}

const concat: Kernel = (inputs, node) => {
  const axis = readNumber(node, 'axis', 0);
  const { shape } = node.outputs[0]!;
  let start = 0;
  const parts = inputs.map((part) => {
    const base = start * computeStrides(shape)[axis]!;
    start += part.shape[axis]!;
    return { part, base };
  });
  return [place(shape, parts)];
};

const pad: Kernel = ([x, pads], node) => {
  const { shape } = node.outputs[0]!;
  const base = computeStrides(shape).reduce((sum, step, axis) => sum + step * pads!.data[axis]!, 0);
  return [place(shape, [{ part: x!, base }])];
};

const gather: Kernel = ([x, indices], node) => {
  const axis = readNumber(node, 'axis', 0);
  const size = countElements(x!.shape.slice(axis + 1));
  const outer = countElements(x!.shape.slice(0, axis));
  const along = x!.shape[axis]!;
  const rows: number[] = [];
  for (let before = 0; before < outer; before += 1) {
    for (const index of indices!.data) {
      const start = (before * along + (index < 0 ? index + along : index)) * size;
      rows.push(...x!.data.subarray(start, start + size));
    }
  }
  return [Float64Array.from(rows)];
};

const scatterNdAdd: Kernel = ([data, indices, updates]) => {
  const result = data!.data.slice();
  const depth = indices!.shape.at(-1)!;
  const strides = computeStrides(data!.shape);
  const size = countElements(data!.shape.slice(depth));
  for (let row = 0; row * depth < indices!.data.length; row += 1) {
    const index = indices!.data.subarray(row * depth, (row + 1) * depth);
    const start = index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
    for (let i = 0; i < size; i += 1) result[start + i]! += updates!.data[row * size + i]!;
  }
  return [result];
};

const shape: Kernel = ([x], node) => [
  Float64Array.from(
    x!.shape.slice(readNumber(node, 'start', 0), readNumber(node, 'end', x!.shape.length)),
  ),
];

/** Operators that move, repeat or select elements. */
export const movementKernels = {
  Reshape: reshape,
  Transpose: transpose,
  Expand: expand,
  Slice: slice,
  Split: split,
  Concat: concat,
  Pad: pad,
  Gather: gather,
  Shape: shape,
  ScatterND: scatterNdAdd,
} satisfies Partial<Record<Op, Kernel>>;
