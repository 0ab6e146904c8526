import { countElements, type GraphBuilder, type Value } from '@holdfast/onnx-graph';
import { sumToShape } from '../sum-to-shape.js';
import {
  type Contribution,
  readNumber,
  requireCotangent,
  requireInput,
  type VjpContext,
} from '../vjp-rule.js';

/** One factor of a product: the value and whether the product reads it transposed. */
interface Factor {
  readonly value: Value;
  readonly transposed: boolean;
}

/** The two factors, in order, of a product that is a gradient. */
type Factors = readonly [Factor, Factor];

/**
 * y = alpha op(A) op(B) + beta C:
 *
 *   dA = alpha dy op(B)^T       (transposed where A was)
 *   dB = alpha op(A)^T dy       (transposed where B was)
 *   dC = beta dy                summed to C's shape
 */
export function differentiateGemm(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const [a, b] = readFactors(context);
  const alpha = readNumber(node, 'alpha', 1);
  const c = node.inputs[2];
  return [
    context.isWanted(0) ? multiply(builder, factorsOfA(a, b, dy), alpha) : undefined,
    context.isWanted(1) ? multiply(builder, factorsOfB(a, b, dy), alpha) : undefined,
    c && context.isWanted(2)
      ? sumToShape(builder, dy, c.shape, readNumber(node, 'beta', 1))
      : undefined,
  ];
}

/**
 * MatMul and FusedMatMul, y = alpha op(A) op(B): as Gemm, over the last two axes, without Transpose
 * nodes. A product with one matrix (a linear layer) is Gemm on rows; other leading axes along which a
 * factor was repeated are summed.
 *
 * @throws RangeError if a Transpose has been fused into the product already.
 */
export function differentiateMatMul(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  if (readNumber(node, 'transBatchA', 0) + readNumber(node, 'transBatchB', 0) > 0) {
    throw new RangeError(`node '${node.name}': fuse transposes after differentiating`);
  }
  const dy = requireCotangent(context);
  const [a, b] = readFactors(context);
  const alpha = readNumber(node, 'alpha', 1);
  if (b.value.shape.length === 2 && !a.transposed) {
    return differentiateRows(context, { a: a.value, b, dy, alpha });
  }
  const emit = (factors: Factors, shape: readonly number[]) =>
    sumToShape(builder, multiplyBatches(builder, factors, alpha), shape);
  return [
    context.isWanted(0) ? emit(factorsOfA(a, b, dy), a.value.shape) : undefined,
    context.isWanted(1) ? emit(factorsOfB(a, b, dy), b.value.shape) : undefined,
  ];
}

interface RowProduct {
  readonly a: Value;
  readonly b: Factor;
  readonly dy: Value;
  readonly alpha: number;
}

/** Gradients of rows [..., K] times one matrix, with the leading axes folded into one. */
function differentiateRows({ builder, isWanted }: VjpContext, { a, b, dy, alpha }: RowProduct) {
  const rowsOf = (value: Value) =>
    builder.reshape(value, [countElements(value.shape.slice(0, -1)), value.shape.at(-1)!]);
  const x = { value: rowsOf(a), transposed: false };
  const product = multiply(builder, factorsOfA(x, b, rowsOf(dy)), alpha);
  const da: Contribution = (gathered) =>
    builder.reshape(product(gathered && rowsOf(gathered)), a.shape);
  return [
    isWanted(0) ? da : undefined,
    isWanted(1) ? multiply(builder, factorsOfB(x, b, rowsOf(dy)), alpha) : undefined,
  ];
}

function readFactors({ node }: VjpContext): Factors {
  return [
    { value: requireInput(node, 0), transposed: readNumber(node, 'transA', 0) === 1 },
    { value: requireInput(node, 1), transposed: readNumber(node, 'transB', 0) === 1 },
  ];
}

function factorsOfA(a: Factor, b: Factor, dy: Value): Factors {
  const gradient = { value: dy, transposed: a.transposed };
  const other = { value: b.value, transposed: a.transposed ? b.transposed : !b.transposed };
  return a.transposed ? [other, gradient] : [gradient, other];
}

function factorsOfB(a: Factor, b: Factor, dy: Value): Factors {
  const gradient = { value: dy, transposed: b.transposed };
  const other = { value: a.value, transposed: b.transposed ? a.transposed : !a.transposed };
  return b.transposed ? [gradient, other] : [other, gradient];
}

function multiply(builder: GraphBuilder, [left, right]: Factors, alpha: number) {
  return (gathered: Value | undefined) =>
    builder.gemm(left.value, right.value, {
      transA: left.transposed,
      transB: right.transposed,
      alpha,
      ...(gathered && { c: gathered }),
    });
}

function multiplyBatches(builder: GraphBuilder, [left, right]: Factors, alpha: number): Value {
  const { transposed: transA } = left;
  const { transposed: transB } = right;
  return builder.fusedMatMul(left.value, right.value, { transA, transB, alpha });
}
