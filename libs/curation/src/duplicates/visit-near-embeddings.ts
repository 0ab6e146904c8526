import { createRandom } from '@holdfast/random';
import type { Matrix } from '@holdfast/tensor';
import type { VisitPair } from './visit-near-hashes.js';

/** Up to so many images every pair is compared. */
const exactMax = 20_000;
/** Beyond, images are compared that share all signs of one of so many draws of so many directions. */
const tables = 24;
const directions = 14;

/**
 * Visits pairs of images whose embeddings have a cosine of at least `similarityMin`.
 *
 * Up to 20,000 images every pair is compared. Beyond, those are that lie on the same side of 14 random planes, in one of 24
 * draws: two at an angle a share a draw with probability (1 - a / pi)^14, so that of pairs with a cosine of 0.95 one in 450
 * is missed, with 0.97 one in 10,000. The planes depend on the width alone.
 * Source: Charikar, Similarity estimation techniques from rounding algorithms, STOC 2002.
 *
 * Shapes: `embeddings` is [images, d], rows of length 1. Pairs come in no particular order, each once.
 */
export function visitNearEmbeddings(
  embeddings: Matrix,
  similarityMin: number,
  visit: VisitPair,
  checkpoint: () => void = () => {},
): void {
  if (embeddings.rows <= exactMax) {
    visitBucket(embeddings, countUp(embeddings.rows), similarityMin, visit, checkpoint);
    return;
  }
  const signs = Array.from({ length: tables }, (_, table) => readSigns(embeddings, table));
  for (const [table, keys] of signs.entries()) {
    const buckets = new Map<number, number[]>();
    for (const [row, key] of keys.entries()) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [row]);
      else bucket.push(row);
    }
    const earlier = signs.slice(0, table);
    const visitOnce: VisitPair = (first, second, similarity) => {
      if (earlier.some((known) => known[first] === known[second])) return;
      visit(first, second, similarity);
    };
    for (const bucket of buckets.values()) {
      visitBucket(embeddings, Uint32Array.from(bucket), similarityMin, visitOnce, checkpoint);
    }
  }
}

function countUp(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

function visitBucket(
  { columns, data }: Matrix,
  rows: Uint32Array,
  similarityMin: number,
  visit: VisitPair,
  checkpoint: () => void,
): void {
  for (let i = 1; i < rows.length; i += 1) {
    if (i % 256 === 0) checkpoint();
    const a = rows[i]! * columns;
    for (let j = 0; j < i; j += 1) {
      const b = rows[j]! * columns;
      let product = 0;
      for (let k = 0; k < columns; k += 1) product += data[a + k]! * data[b + k]!;
      if (product >= similarityMin) visit(rows[j]!, rows[i]!, product);
    }
  }
}

/** On which side of each plane of a draw the images lie, as the bits of a number. */
function readSigns({ rows, columns, data }: Matrix, table: number): Uint32Array {
  const random = createRandom(0, table, columns);
  const planes = Float64Array.from({ length: directions * columns }, () => random.normal());
  return Uint32Array.from({ length: rows }, (_, row) => {
    let key = 0;
    for (let plane = 0; plane < directions; plane += 1) {
      let product = 0;
      for (let k = 0; k < columns; k += 1) {
        product += planes[plane * columns + k]! * data[row * columns + k]!;
      }
      key = (key << 1) | (product > 0 ? 1 : 0);
    }
    return key;
  });
}
