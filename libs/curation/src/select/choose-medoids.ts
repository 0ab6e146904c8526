import { Fault } from '@holdfast/fault';
import { createRandom, type Random } from '@holdfast/random';
import type { Matrix } from '@holdfast/tensor';

/** Passes of Lloyd's algorithm; most stop before. */
const passesMax = 10;
/** Products of an image and a centre in one pass. */
const productsMax = 4e8;

/**
 * Chooses `count` rows that stand for all: k-means on the sphere with k = count, and of each cluster the row nearest to its
 * centre.
 *
 *   seeds:   the first at random, each next with probability proportional to 1 - max over seeds of cos    (k-means++)
 *   passes:  each row to the centre of the largest cos; centre <- sum of its rows, at length 1
 *
 * A cluster that is left empty keeps its centre. Rows that are the same count once.
 * Source: Arthur and Vassilvitskii, k-means++, SODA 2007; Dhillon and Modha, Machine Learning 42, 2001 (spherical k-means).
 *
 * Shapes: `embeddings` is [rows, d], rows of length 1.
 * @returns chosen rows, ascending: fewer than `count` where there are no more different ones
 * @throws Fault `exhausted` if rows x count is beyond 4 * 10^8.
 */
export function chooseMedoids(
  embeddings: Matrix,
  count: number,
  { seed, checkpoint = () => {} }: { readonly seed: number; readonly checkpoint?: () => void },
): number[] {
  const { rows, columns } = embeddings;
  if (rows === 0 || count === 0) return [];
  if (rows * count > productsMax) {
    throw new Fault(
      'exhausted',
      `${count} of ${rows} images at once are more work than is taken on (${productsMax} products a pass): choose by class, fewer images, or from a part of them`,
    );
  }
  const seeds = drawSeeds(embeddings, Math.min(count, rows), createRandom(seed), checkpoint);
  if (seeds.length === rows) return seeds.sort((a, b) => a - b);
  const centres = new Float64Array(seeds.length * columns);
  for (const [cluster, row] of seeds.entries()) {
    centres.set(embeddings.data.subarray(row * columns, (row + 1) * columns), cluster * columns);
  }
  const clusterOf = new Int32Array(rows).fill(-1);
  for (let pass = 0; pass < passesMax; pass += 1) {
    const moved = assignRows(embeddings, centres, clusterOf, checkpoint);
    if (moved === 0) break;
    moveCentres(embeddings, centres, clusterOf);
  }
  return findMedoids(embeddings, centres, clusterOf).sort((a, b) => a - b);
}

function drawSeeds(
  { rows, columns, data }: Matrix,
  count: number,
  random: Random,
  checkpoint: () => void,
): number[] {
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const seeds = [random.integer(rows)];
  while (seeds.length < count) {
    checkpoint();
    const last = seeds.at(-1)! * columns;
    let sum = 0;
    for (let row = 0; row < rows; row += 1) {
      const cosine = multiply(data, row * columns, data, last, columns);
      // Below what float32 tells apart, rows are the same.
      const distance = 1 - cosine < 1e-6 ? 0 : 1 - cosine;
      if (distance < distances[row]!) distances[row] = distance;
      sum += distances[row]!;
    }
    if (sum === 0) break;
    let left = random.uniform() * sum;
    let drawn = -1;
    for (let row = 0; row < rows; row += 1) {
      if (distances[row] === 0) continue;
      drawn = row;
      left -= distances[row]!;
      if (left < 0) break;
    }
    seeds.push(drawn);
  }
  return seeds;
}

/** Puts each row to its nearest centre; of several the first. */
function assignRows(
  { rows, columns, data }: Matrix,
  centres: Float64Array,
  clusterOf: Int32Array,
  checkpoint: () => void,
): number {
  const clusters = centres.length / columns;
  let moved = 0;
  for (let row = 0; row < rows; row += 1) {
    if (row % 256 === 0) checkpoint();
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      const cosine = multiply(data, row * columns, centres, cluster * columns, columns);
      if (cosine <= largest) continue;
      largest = cosine;
      best = cluster;
    }
    if (clusterOf[row] !== best) moved += 1;
    clusterOf[row] = best;
  }
  return moved;
}

function moveCentres(
  { rows, columns, data }: Matrix,
  centres: Float64Array,
  clusterOf: Int32Array,
): void {
  const sums = new Float64Array(centres.length);
  for (let row = 0; row < rows; row += 1) {
    const to = clusterOf[row]! * columns;
    for (let k = 0; k < columns; k += 1) sums[to + k]! += data[row * columns + k]!;
  }
  for (let start = 0; start < sums.length; start += columns) {
    const norm = Math.hypot(...sums.subarray(start, start + columns));
    if (norm < 1e-12) continue;
    for (let k = 0; k < columns; k += 1) centres[start + k] = sums[start + k]! / norm;
  }
}

function findMedoids(
  { rows, columns, data }: Matrix,
  centres: Float64Array,
  clusterOf: Int32Array,
): number[] {
  const nearest = new Map<number, { row: number; cosine: number }>();
  for (let row = 0; row < rows; row += 1) {
    const cluster = clusterOf[row]!;
    const cosine = multiply(data, row * columns, centres, cluster * columns, columns);
    const known = nearest.get(cluster);
    if (known === undefined || cosine > known.cosine) nearest.set(cluster, { row, cosine });
  }
  return [...nearest.values()].map(({ row }) => row);
}

function multiply(
  a: Float32Array,
  atA: number,
  b: Float32Array | Float64Array,
  atB: number,
  length: number,
): number {
  let product = 0;
  for (let k = 0; k < length; k += 1) product += a[atA + k]! * b[atB + k]!;
  return product;
}
