import { createRandom } from '@holdfast/random';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import type { TargetBatch } from '../contrastive-objective.js';

/** Random unit rows, leaning towards a common direction as trained embeddings do. */
export function randomEmbeddings(rows: number, columns: number, seed: number): Matrix {
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

/** Eight pairs over five captions, three of them shared. */
export function randomBatch(seed: number): TargetBatch {
  const captions = [0, 1, 2, 0, 3, 1, 4, 0];
  return {
    imageEmbeddings: randomEmbeddings(captions.length, 6, seed),
    textEmbeddings: randomEmbeddings(5, 6, seed + 1),
    captions,
    samples: [5, 3, 9, 11, 2, 40, 7, 8],
    positives: captions.map((caption) => caption === 0),
  };
}
