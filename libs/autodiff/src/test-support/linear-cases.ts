import { createCase } from './create-case.js';
import type { FunctionCase } from './function-case.js';

const flags = [false, true];
const transpositions = flags.flatMap((transA) => flags.map((transB) => ({ transA, transB })));
const orient = (rows: number, columns: number, transposed: boolean) =>
  transposed ? [columns, rows] : [rows, columns];

/** Products: every transposition, alpha and beta, biases of every shape, leading axes. */
export const linearCases: readonly FunctionCase[] = [
  ...transpositions.flatMap(({ transA, transB }) => [
    createCase(
      `Gemm, transA ${transA}, transB ${transB}, alpha, beta and a full c`,
      [orient(3, 4, transA), orient(4, 5, transB), [3, 5]],
      (builder, a, b, c) => builder.gemm(a!, b!, { c: c!, transA, transB, alpha: 0.7, beta: -1.3 }),
    ),
    createCase(
      `FusedMatMul, transA ${transA}, transB ${transB}, alpha`,
      [
        [2, 3, ...orient(3, 4, transA)],
        [2, 3, ...orient(4, 5, transB)],
      ],
      (builder, a, b) => builder.fusedMatMul(a!, b!, { transA, transB, alpha: 0.125 }),
    ),
    createCase(
      `FusedMatMul of rows and one matrix, transA ${transA}, transB ${transB}`,
      [[2, ...orient(3, 4, transA)], orient(4, 5, transB)],
      (builder, a, b) => builder.fusedMatMul(a!, b!, { transA, transB, alpha: 2 }),
    ),
  ]),
  ...[[5], [1, 5], [3, 1], [1], []].map((shape) =>
    createCase(`Gemm with c [${shape}]`, [[3, 4], [4, 5], shape], (builder, a, b, c) =>
      builder.gemm(a!, b!, { c: c!, beta: 0.5 }),
    ),
  ),
  createCase(
    'Gemm without c',
    [
      [3, 4],
      [4, 5],
    ],
    (builder, a, b) => builder.gemm(a!, b!),
  ),
  createCase(
    'MatMul of batches',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
  createCase(
    'MatMul of rows and one matrix',
    [
      [2, 3, 4],
      [4, 5],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
  createCase(
    'MatMul with repeated leading axes',
    [
      [3, 1, 2, 4],
      [5, 4, 2],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
];
