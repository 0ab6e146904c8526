import { expect, it } from 'vitest';
import { multiplyByTransposed, transposeMatrix } from './matrix-product.js';

function createWave(rows: number, columns: number, seed: number) {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + 7 * i));
  return { rows, columns, data };
}

it.each([
  [1, 1, 1],
  [3, 1, 5],
  [4, 2, 7],
  [9, 5, 3],
  [8, 6, 1],
])('multiplies %i x k by the transpose of %i x k for k = %i, blocks and edges alike', (m, n, k) => {
  const [a, b] = [createWave(m, k, 1), createWave(n, k, 2)];
  const product = multiplyByTransposed(a, b);
  expect([product.rows, product.columns]).toEqual([m, n]);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let p = 0; p < k; p += 1) sum += a.data[i * k + p]! * b.data[j * k + p]!;
      // The same order of summation: the same bits, whether in a block or at an edge.
      expect(product.data[i * n + j]).toBe(sum);
    }
  }
});

it('transposes', () => {
  const matrix = createWave(3, 2, 3);
  const transposed = transposeMatrix(matrix);
  expect([transposed.rows, transposed.columns]).toEqual([2, 3]);
  expect([...transposed.data]).toEqual([0, 2, 4, 1, 3, 5].map((i) => matrix.data[i]));
});
