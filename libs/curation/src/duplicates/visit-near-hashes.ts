import type { PerceptualHash } from '@holdfast/image';

/** What is compared, by row. */
export interface HashedImages {
  /** Two words a row. */
  readonly hashes: Uint32Array;
  /** 64 values a row. */
  readonly sketches: Uint8Array;
  /** Standard deviation of luma. */
  readonly contrast: Float32Array;
}

/** Told of a pair of rows, the first before the second, and how alike their sketches are. */
export type VisitPair = (first: number, second: number, similarity: number) => void;

/** Bits that may differ at the most. */
export const hashDistanceMax = 6;
/** Least correlation of sketches. */
export const sketchCorrelationMin = 0.98;
/** A picture of one colour is like every other: below this contrast nothing is compared. */
export const comparedContrastMin = 4;

const bands = hashDistanceMax + 1;
const sketchValues = 64;

/** How near hashes are to be, and how the work goes on. */
export interface VisitHashesOptions {
  /** Bits that may differ, 0 to 6, the default. */
  readonly distanceMax?: number | undefined;
  readonly checkpoint?: (() => void) | undefined;
}

/**
 * Visits every pair of images whose perceptual hashes differ in at most `distanceMax` of 64 bits and whose sketches, 8 x 8 mean
 * lumas, correlate by at least 0.98. On CIFAR-10 and GTSRB the hash alone would pair images of different things; docs/data-commands.md has the figures.
 *
 * Of 7 parts of a hash at least one is the same where no more than 6 bits differ, so that only images that share a part
 * are compared: none is missed. Pairs come in no particular order.
 *
 * @param rows to compare, in ascending order
 */
export function visitNearHashes(
  { hashes, sketches, contrast }: HashedImages,
  rows: readonly number[],
  visit: VisitPair,
  { distanceMax = hashDistanceMax, checkpoint = () => {} }: VisitHashesOptions = {},
): void {
  const compared = rows.filter((row) => contrast[row]! >= comparedContrastMin);
  const hashOf = (row: number): PerceptualHash => [hashes[2 * row]!, hashes[2 * row + 1]!];
  for (let band = 0; band < bands; band += 1) {
    for (const bucket of fillBuckets(compared, (row) => readPart(hashOf(row), band))) {
      checkpoint();
      for (let i = 1; i < bucket.length; i += 1) {
        const second = bucket[i]!;
        for (let j = 0; j < i; j += 1) {
          const first = bucket[j]!;
          if (countOtherBits(hashes, first, second) > distanceMax) continue;
          // A pair that shares several parts is told of once, in the first of them.
          if (sharesEarlierPart(hashOf(first), hashOf(second), band)) continue;
          const similarity = correlateSketches(sketches, first, second);
          if (similarity >= sketchCorrelationMin) visit(first, second, similarity);
        }
      }
    }
  }
}

/** Bits of part `band`: the first has 10 of the 64, the others 9. */
function readPart([high, low]: PerceptualHash, band: number): number {
  const start = band === 0 ? 0 : 9 * band + 1;
  const length = band === 0 ? 10 : 9;
  let part = 0;
  for (let bit = start; bit < start + length; bit += 1) {
    const word = bit < 32 ? high : low;
    part = (part << 1) | ((word >>> (31 - (bit % 32))) & 1);
  }
  return part;
}

function fillBuckets(rows: readonly number[], partOf: (row: number) => number): number[][] {
  const buckets: number[][] = [];
  for (const row of rows) {
    const part = partOf(row);
    const bucket = buckets[part];
    if (bucket === undefined) buckets[part] = [row];
    else bucket.push(row);
  }
  return buckets.filter((bucket) => bucket.length > 1);
}

function sharesEarlierPart(a: PerceptualHash, b: PerceptualHash, band: number): boolean {
  for (let earlier = 0; earlier < band; earlier += 1) {
    if (readPart(a, earlier) === readPart(b, earlier)) return true;
  }
  return false;
}

function countOtherBits(hashes: Uint32Array, first: number, second: number): number {
  return (
    countBits(hashes[2 * first]! ^ hashes[2 * second]!) +
    countBits(hashes[2 * first + 1]! ^ hashes[2 * second + 1]!)
  );
}

/** Ones of a word of 32 bits, pairwise, by fours and by bytes. */
function countBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Pearson's correlation of two sketches; 1 where neither varies, 0 where one does not. */
function correlateSketches(sketches: Uint8Array, first: number, second: number): number {
  const [a, b] = [first * sketchValues, second * sketchValues];
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let i = 0; i < sketchValues; i += 1) {
    const [x, y] = [sketches[a + i]!, sketches[b + i]!];
    sumA += x;
    sumB += y;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  const varianceA = sketchValues * squaresA - sumA * sumA;
  const varianceB = sketchValues * squaresB - sumB * sumB;
  const covariance = sketchValues * products - sumA * sumB;
  if (varianceA === 0 || varianceB === 0) return varianceA === varianceB ? 1 : 0;
  return covariance / Math.sqrt(varianceA * varianceB);
}
