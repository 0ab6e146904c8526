import { isSameShape, type Node, type Value } from '@holdfast/onnx-graph';
import {
  type Contribution,
  readIntegers,
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
  const rowSums = sumAttention(context, axis) ?? builder.reduceSum(builder.mul(dy, y), [axis]);
  return [builder.mul(y, builder.sub(dy, rowSums))];
}

/** sum(do o) along the last axis, if one product alone reads the probabilities. */
function sumAttention(context: VjpContext, axis: number): Value | undefined {
  const { builder, node } = context;
  const y = node.outputs[0]!;
  const reader = findOnlyReader(context, y);
  if (reader?.op !== 'MatMul' && reader?.op !== 'FusedMatMul') return undefined;
  const output = reader.outputs[0]!;
  const isRowProduct =
    requireInput(reader, 0) === y &&
    requireInput(reader, 1) !== y &&
    readNumber(reader, 'transA', 0) === 0 &&
    axis === y.shape.length - 1 &&
    isSameShape(output.shape.slice(0, -1), y.shape.slice(0, -1));
  if (!isRowProduct) return undefined;
  const sumRows = (a: Value, b: Value) => builder.reduceSum(builder.mul(a, b), [axis]);
  // Where o is only read transposed, to join the heads, the sum is taken there and o not needed.
  const turn = findOnlyReader(context, output);
  const permutation = turn?.op === 'Transpose' ? readIntegers(turn, 'perm')! : [];
  const turned = turn?.outputs[0];
  const cotangent = turned && context.cotangentOf(turned);
  if (cotangent !== undefined && permutation.at(-1) === axis) {
    const inverse = permutation.map((_, from) => permutation.indexOf(from));
    return builder.transpose(sumRows(cotangent, turned!), inverse);
  }
  const direct = context.cotangentOf(output);
  return direct && sumRows(direct, output);
}

/** The node that reads a value, if there is one only and the caller does not see the value. */
function findOnlyReader(context: VjpContext, value: Value): Node | undefined {
  const readers = context.readersOf(value);
  return readers.length === 1 && !context.isExposed(value) ? readers[0] : undefined;
}
