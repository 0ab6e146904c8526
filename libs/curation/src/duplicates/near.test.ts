import { createRandom } from '@holdfast/random';
import { createMatrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { visitNearEmbeddings } from './visit-near-embeddings.js';
import { visitNearHashes } from './visit-near-hashes.js';

const random = createRandom(1);

/** Hashes of which half are others with a few bits turned, and sketches that all rise alike. */
function createHashes(count: number) {
  const hashes = Uint32Array.from({ length: 2 * count }, () => random.uint32());
  for (let row = count / 2; row < count; row += 1) {
    hashes.set(hashes.subarray(2 * row - count, 2 * row - count + 2), 2 * row);
    for (let turned = random.integer(10); turned > 0; turned -= 1) {
      hashes[2 * row + random.integer(2)]! ^= 2 ** random.integer(32);
    }
  }
  const sketches = Uint8Array.from({ length: 64 * count }, (_, i) => i % 64);
  return { hashes, sketches, contrast: new Float32Array(count).fill(50) };
}

function countBits(a: number, b: number): number {
  return ((a ^ b) >>> 0).toString(2).replaceAll('0', '').length;
}

describe('visitNearHashes', () => {
  it.each([6, 2, 0])(
    'visits every pair within %i bits once, as comparing all with all does',
    (distanceMax) => {
      const count = 400;
      const images = createHashes(count);
      const { hashes } = images;
      const expected = new Set<string>();
      for (let b = 0; b < count; b += 1) {
        for (let a = 0; a < b; a += 1) {
          const bits =
            countBits(hashes[2 * a]!, hashes[2 * b]!) +
            countBits(hashes[2 * a + 1]!, hashes[2 * b + 1]!);
          if (bits <= distanceMax) expected.add(`${a} ${b}`);
        }
      }
      const rows = Array.from({ length: count }, (_, row) => row);
      const visited: string[] = [];
      visitNearHashes(images, rows, (a, b) => visited.push(`${a} ${b}`), { distanceMax });
      // Of 200 that were turned about one in ten keeps its hash.
      expect(visited.length).toBeGreaterThan(10);
      expect(visited.sort()).toEqual([...expected].sort());
    },
  );

  it('takes neither flat pictures nor those whose sketches differ', () => {
    const images = {
      hashes: new Uint32Array(8),
      sketches: Uint8Array.from({ length: 4 * 64 }, (_, i) =>
        i < 128 ? i % 64 : i < 192 ? 63 - (i % 64) : (i % 64) + 1,
      ),
      contrast: Float32Array.from([50, 50, 50, 1]),
    };
    const visited: [number, number, number][] = [];
    visitNearHashes(images, [0, 1, 2, 3], (...pair) => visited.push(pair));
    expect(visited).toEqual([[0, 1, 1]]);
  });
});

describe('visitNearEmbeddings', () => {
  /** Directions, every second one a little turned from the one before. */
  function createEmbeddings(count: number, columns: number) {
    const matrix = createMatrix(count, columns);
    for (let row = 0; row < count; row += 1) {
      const near = row % 2 === 1 ? matrix.data.subarray((row - 1) * columns, row * columns) : [];
      const values = Array.from({ length: columns }, (_, k) =>
        row % 2 === 1 ? near[k]! + 0.02 * random.normal() : random.normal(),
      );
      const norm = Math.hypot(...values);
      matrix.data.set(
        values.map((value) => value / norm),
        row * columns,
      );
    }
    return matrix;
  }

  it('visits the pairs above the cosine, with it', () => {
    const data = Float32Array.from([1, 0, 0.6, 0.8, 0.8, 0.6]);
    const visited: [number, number, number][] = [];
    visitNearEmbeddings(createMatrix(3, 2, data), 0.9, (...pair) => visited.push(pair));
    expect(visited.map(([a, b]) => [a, b])).toEqual([[1, 2]]);
    expect(visited[0]![2]).toBeCloseTo(0.96, 6);
  });

  it('finds nearly all planted pairs among more images than are compared one by one, each once', () => {
    const count = 20_010;
    const visited: string[] = [];
    const embeddings = createEmbeddings(count, 16);
    visitNearEmbeddings(embeddings, 0.99, (a, b) => visited.push(`${a} ${b}`));
    const planted = visited.filter((pair) => {
      const [a, b] = pair.split(' ').map(Number) as [number, number];
      return a % 2 === 0 && b === a + 1;
    });
    expect(new Set(visited).size).toBe(visited.length);
    expect(planted.length / (count / 2)).toBeGreaterThan(0.99);
  });
});
