import { createRandom } from '@holdfast/random';
import { createMatrix, type Matrix } from './matrix.js';

/**
 * Random unit rows, as embeddings are: `(lean + z) / |lean + z|` with z standard normal. The same seed gives the same.
 *
 * @param lean towards a common direction, as trained embeddings do; 0: none
 */
export function drawUnitRows(rows: number, columns: number, seed: number, lean = 0): Matrix {
  const random = createRandom(seed);
  const matrix = createMatrix(rows, columns);
  for (let i = 0; i < rows; i += 1) {
    const row = Float64Array.from({ length: columns }, () => lean + random.normal());
    const norm = Math.hypot(...row);
    matrix.data.set(
      row.map((x) => x / norm),
      i * columns,
    );
  }
  return matrix;
}
