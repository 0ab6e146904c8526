import type { Op } from '../graph.js';
import { computeStrides } from '../shape.js';
import { type DenseTensor, type Kernel, readNumber } from './kernel.js';
import { listBroadcastOffsets, listOffsets } from './offsets.js';

/** A factor's shape, and the steps along its axes, as the product sees them. */
interface FactorView {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** With `transBatch` the first axis is that of the rows: [rows, ..., columns]. */
function viewFactor({ shape }: DenseTensor, transBatch: boolean): FactorView {
  const strides = computeStrides(shape);
  if (!transBatch) return { shape, strides };
  const turn = (sizes: readonly number[]) => [...sizes.slice(1, -1), sizes[0]!, sizes.at(-1)!];
  return { shape: turn(shape), strides: turn(strides) };
}

/** Offsets of the matrices of a factor, one per leading index of the product. */
function listMatrices({ shape, strides }: FactorView, leading: readonly number[]): Int32Array {
  const added = leading.length - (shape.length - 2);
  const steps = leading.map((_, axis) => {
    const own = axis - added;
    return own < 0 || shape[own] === 1 ? 0 : strides[own]!;
  });
  return listOffsets(leading, steps);
}

/** Steps from row to row and from column to column of op(factor). */
function readSteps({ strides }: FactorView, transposed: boolean): [number, number] {
  const [rowStep, columnStep] = strides.slice(-2) as [number, number];
  return transposed ? [columnStep, rowStep] : [rowStep, columnStep];
}

const matMul: Kernel = ([a, b], node) => {
  const { shape } = node.outputs[0]!;
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  const is = (attribute: string) => readNumber(node, attribute, 0) === 1;
  const viewA = viewFactor(a!, is('transBatchA'));
  const viewB = viewFactor(b!, is('transBatchB'));
  const inner = viewA.shape.at(is('transA') ? -2 : -1)!;
  const [rowA, innerA] = readSteps(viewA, is('transA'));
  const [innerB, columnB] = readSteps(viewB, is('transB'));
  const alpha = readNumber(node, 'alpha', 1);
  const matricesA = listMatrices(viewA, shape.slice(0, -2));
  const matricesB = listMatrices(viewB, shape.slice(0, -2));
  const dot = (fromA: number, fromB: number) => {
    let sum = 0;
    for (let k = 0; k < inner; k += 1) {
      sum += a!.data[fromA + k * innerA]! * b!.data[fromB + k * innerB]!;
    }
    return alpha * sum;
  };
  const result = new Float64Array(matricesA.length * rows * columns);
  for (let position = 0; position < result.length; position += 1) {
    const column = position % columns;
    const row = Math.floor(position / columns) % rows;
    const matrix = Math.floor(position / (rows * columns));
    result[position] = dot(matricesA[matrix]! + row * rowA, matricesB[matrix]! + column * columnB);
  }
  return [result];
};

const gemm: Kernel = ([a, b, c], node) => {
  const [product] = matMul([a!, b!], node);
  if (c === undefined) return [product!];
  const beta = readNumber(node, 'beta', 1);
  const offsets = listBroadcastOffsets(node.outputs[0]!.shape, c.shape);
  return [product!.map((value, i) => value + beta * c.data[offsets[i]!]!)];
};

/** Matrix products by their definition. */
export const linearKernels = {
  MatMul: matMul,
  FusedMatMul: matMul,
  Gemm: gemm,
} satisfies Partial<Record<Op, Kernel>>;
