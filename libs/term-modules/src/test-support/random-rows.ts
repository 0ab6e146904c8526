import { createRandom } from '@holdfast/random';
import { createMatrix, type Matrix } from '@holdfast/tensor';

/** Random unit rows, leaning towards a common direction as trained embeddings do. */
export function randomRows(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed);
  const matrix = createMatrix(rows, columns);
  for (let i = 0; i < rows; i += 1) {
    const row = Float64Array.from({ length: columns }, () => 0.5 + random.normal());
    const norm = Math.hypot(...row);
    matrix.data.set(
      row.map((x) => x / norm),
      i * columns,
    );
  }
  return matrix;
}
