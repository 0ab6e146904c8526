import { createRandom } from '@holdfast/random';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { chooseMedoids } from './choose-medoids.js';

/** `perCluster` rows around each of some axes, the first of a cluster the nearest to it. */
function createClusters(clusters: number, perCluster: number): Matrix {
  const random = createRandom(4);
  const matrix = createMatrix(clusters * perCluster, clusters);
  for (let row = 0; row < matrix.rows; row += 1) {
    const cluster = Math.floor(row / perCluster);
    const spread = row % perCluster === 0 ? 0 : 0.2;
    const values = Array.from(
      { length: clusters },
      (_, k) => (k === cluster ? 1 : 0) + spread * (random.uniform() - 0.5),
    );
    const norm = Math.hypot(...values);
    matrix.data.set(
      values.map((value) => value / norm),
      row * clusters,
    );
  }
  return matrix;
}

describe('chooseMedoids', () => {
  it('chooses one row of each cluster, near its centre, whatever the seed', () => {
    const matrix = createClusters(6, 50);
    for (const seed of [0, 1, 2]) {
      const chosen = chooseMedoids(matrix, 6, { seed });
      expect(chosen.map((row) => Math.floor(row / 50))).toEqual([0, 1, 2, 3, 4, 5]);
      for (const row of chosen) {
        const cosine = matrix.data[row * 6 + Math.floor(row / 50)]!;
        expect(cosine).toBeGreaterThan(0.98);
      }
    }
  });

  it('chooses the same rows for the same seed, and all where there are no more', () => {
    const matrix = createClusters(4, 20);
    const choose = (seed: number) => chooseMedoids(matrix, 17, { seed });
    expect(choose(3)).toEqual(choose(3));
    expect(new Set(choose(3)).size).toBe(17);
    expect(chooseMedoids(matrix, 80, { seed: 0 })).toEqual(Array.from({ length: 80 }, (_, i) => i));
    expect(chooseMedoids(createMatrix(0, 4), 3, { seed: 0 })).toEqual([]);
  });

  it('counts rows that are the same once', () => {
    const matrix = createMatrix(5, 2, Float32Array.from([1, 0, 1, 0, 1, 0, 0, 1, 0, 1]));
    expect(chooseMedoids(matrix, 4, { seed: 0 }).length).toBe(2);
  });

  it('refuses more work than is taken on', () => {
    const many = { rows: 1_000_000, columns: 1, data: new Float32Array(0) };
    expect(() => chooseMedoids(many, 1000, { seed: 0 })).toThrow('choose by class');
  });
});
