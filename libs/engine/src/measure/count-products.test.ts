import { createGraphBuilder, fuseTransposes, type GraphBuilder } from '@holdfast/onnx-graph';
import { expect, it } from 'vitest';
import { countProductOperations, countRuns } from './count-products.js';

/** 2 x 3 products of [5, 7] and [7, 4]. */
const batchOperations = 2 * 2 * 3 * 5 * 7 * 4;

it.each<[string, number, (b: GraphBuilder) => void]>([
  [
    'Gemm, transposed or not, its addend free',
    2 * (2 * 5 * 7 * 4),
    (b) => {
      const [x, w] = [b.input('x', [7, 5]), b.input('w', [4, 7])];
      b.output(b.gemm(x, w, { transA: true, transB: true, c: b.input('c', [4]) }), 'y');
      b.output(b.gemm(b.transpose(x, [1, 0]), w, { transB: true }), 'z');
    },
  ],
  [
    'MatMul',
    batchOperations,
    (b) => b.output(b.matMul(b.input('x', [2, 3, 5, 7]), b.input('w', [7, 4])), 'y'),
  ],
  [
    'FusedMatMul that takes the rows from the first axis',
    batchOperations,
    (b) => {
      const x = b.transpose(b.input('x', [7, 2, 3, 5]), [1, 2, 0, 3]);
      b.output(b.fusedMatMul(x, b.input('w', [2, 3, 7, 4]), { transA: true }), 'y');
    },
  ],
  ['nothing else', 0, (b) => b.output(b.mul(b.input('x', [5, 7]), 2), 'y')],
])('counts %s', (_, operations, emit) => {
  const builder = createGraphBuilder('g');
  emit(builder);
  expect(countProductOperations(fuseTransposes(builder.build()))).toBe(operations);
});

it('counts the runs of every graph of a loader', async () => {
  const builder = createGraphBuilder('g');
  builder.output(builder.matMul(builder.input('x', [5, 7]), builder.input('w', [7, 4])), 'y');
  const counted = countRuns(async () => ({ inputNames: [], run: async () => {} }));
  const session = await counted.load(builder.build());
  await session.run({}, {});
  await session.run({}, {});
  expect([counted.take(), counted.take()]).toEqual([2 * 280, 0]);
});
