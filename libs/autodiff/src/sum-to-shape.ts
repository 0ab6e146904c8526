import { countElements, type GraphBuilder, isSameShape, type Value } from '@holdfast/onnx-graph';
import type { Contribution } from './vjp-rule.js';

/** A longer row of ones is not worth its place in the model file. */
const ONES_MAX = 65_536;

/**
 * The gradient of broadcasting: `scale` times the sum of `dy` over the axes along which a value of
 * `shape` was repeated.
 *
 * Repetition along leading axes only is a product with a row of ones, [1, P] x [P, Q]: faster than
 * ReduceSum over axis 0, more accurate (blocked sums), and Gemm adds what has gathered on the way.
 */
export function sumToShape(
  builder: GraphBuilder,
  dy: Value,
  shape: readonly number[],
  scale = 1,
): Contribution {
  const axes = findRepeatedAxes(dy.shape, shape);
  if (axes.length === 0) {
    const value = builder.reshape(dy, shape);
    return scale === 1 ? value : builder.mul(value, scale);
  }
  const rows = countElements(dy.shape.slice(0, axes.length));
  const isLeading = axes.every((axis, index) => axis === index);
  if (!isLeading || rows > ONES_MAX) {
    const sum = builder.reshape(builder.reduceSum(dy, axes), shape);
    return scale === 1 ? sum : builder.mul(sum, scale);
  }
  return sumRows(builder, builder.reshape(dy, [rows, -1]), shape, scale);
}

/** scale times the sum over the rows of a matrix, under another shape. */
export function sumRows(
  builder: GraphBuilder,
  matrix: Value,
  shape: readonly number[],
  scale = 1,
): Contribution {
  const ones = builder.filled([1, matrix.shape[0]!], 1);
  return (gathered) => {
    const c = gathered && builder.reshape(gathered, [1, matrix.shape[1]!]);
    return builder.reshape(builder.gemm(ones, matrix, { ...(c && { c }), alpha: scale }), shape);
  };
}

/** Axes of `wide` along which a value of shape `narrow` was repeated; none of size 1. */
function findRepeatedAxes(wide: readonly number[], narrow: readonly number[]): number[] {
  const offset = wide.length - narrow.length;
  const axes = [...wide.keys()].filter((axis) => wide[axis] !== (narrow[axis - offset] ?? 1));
  if (axes.length === 0 || isSameShape(wide, narrow)) return [];
  // Axes of size 1 before the last repeated one can join it: [1, 8, 4] to [4] sums rows of [8, 4].
  const last = axes.at(-1)!;
  return [...wide.keys()].filter(
    (axis) => axes.includes(axis) || (wide[axis] === 1 && axis < last),
  );
}
