import type { Op } from '../graph.js';
import { computeStrides } from '../shape.js';
import { type DenseTensor, type Kernel, readNumber } from './kernel.js';
import { listBroadcastOffsets } from './offsets.js';

/** Offsets of the matrices of a factor, one per leading index of the product. */
function listMatrices(factor: DenseTensor, leading: readonly number[]): Int32Array {
  const size = factor.shape.at(-2)! * factor.shape.at(-1)!;
  return listBroadcastOffsets(leading, factor.shape.slice(0, -2)).map((index) => index * size);
}

/** Steps from row to row and from column to column of op(factor). */
function readSteps({ shape }: DenseTensor, transposed: boolean): [number, number] {
  const [rowStep, columnStep] = computeStrides(shape).slice(-2) as [number, number];
  return transposed ? [columnStep, rowStep] : [rowStep, columnStep];
}

const matMul: Kernel = ([a, b], node) => {
  const { shape } = node.outputs[0]!;
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  const transA = readNumber(node, 'transA', 0) === 1;
  const inner = a!.shape.at(transA ? -2 : -1)!;
  const [rowA, innerA] = readSteps(a!, transA);
  const [innerB, columnB] = readSteps(b!, readNumber(node, 'transB', 0) === 1);
  const alpha = readNumber(node, 'alpha', 1);
  const matricesA = listMatrices(a!, shape.slice(0, -2));
  const matricesB = listMatrices(b!, shape.slice(0, -2));
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
