import { isSameShape, type Value } from '@holdfast/onnx-graph';
import {
  type Contribution,
  readNumber,
  requireCotangent,
  requireInput,
  type VjpContext,
} from '../vjp-rule.js';

/**
 * y = softmax(x) along an axis: dx = y (dy - r) with r = sum(dy y) along it.
 *
 * In attention y is read once, by o = alpha y v. Then dy = alpha do v^T and r = sum(do o) along the
 * head's width, which is cheaper than a sum along the keys.
 */
export function differentiateSoftmax(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const y = node.outputs[0]!;
  const axis = readNumber(node, 'axis', -1);
  const [left, right] = findAttention(context, axis) ?? [dy, y];
  const sumAxis = left === dy ? axis : left.shape.length - 1;
  const rowSums = builder.reduceSum(builder.mul(left, right), [sumAxis]);
  return [builder.mul(y, builder.sub(dy, rowSums))];
}

/** do and o of the product that alone reads the probabilities, if it is one. */
function findAttention(context: VjpContext, axis: number): [Value, Value] | undefined {
  const y = context.node.outputs[0]!;
  const readers = context.readersOf(y);
  const reader = readers[0];
  if (reader === undefined || readers.length > 1 || context.isExposed(y)) return undefined;
  if (reader.op !== 'MatMul' && reader.op !== 'FusedMatMul') return undefined;
  const output = reader.outputs[0]!;
  const cotangent = context.cotangentOf(output);
  const isRowProduct =
    requireInput(reader, 0) === y &&
    requireInput(reader, 1) !== y &&
    readNumber(reader, 'transA', 0) === 0 &&
    axis === y.shape.length - 1 &&
    isSameShape(output.shape.slice(0, -1), y.shape.slice(0, -1));
  return cotangent !== undefined && isRowProduct ? [cotangent, output] : undefined;
}
