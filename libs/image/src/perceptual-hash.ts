import { averageParts, type GreyImage } from './grey-image.js';

/** 64 bits that nearly the same pictures nearly share, as two words of 32. */
export type PerceptualHash = readonly [high: number, low: number];

const side = 32;
const kept = 8;

/** cos(pi (2 x + 1) u / 64) for frequencies u of 0 to 7: [8, 32]. */
const cosines = Float64Array.from({ length: kept * side }, (_, i) => {
  const [u, x] = [Math.floor(i / side), i % side];
  return Math.cos((Math.PI * (2 * x + 1) * u) / (2 * side));
});

/**
 * The perceptual hash of a picture's coarse structure: luma in 32 x 32 parts, its cosine transform, and of the 8 x 8 lowest
 * frequencies one bit each, whether the coefficient is above their median.
 *
 *   F[v, u] = sum over y, x of Y[y, x] cos(pi (2 y + 1) v / 64) cos(pi (2 x + 1) u / 64)
 *
 * Another size, another quality or brightness changes few bits or none; another crop or a mirror changes many. The
 * constant F[0, 0] takes no part in the median.
 * Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010.
 */
export function hashPerceptually(image: GreyImage): PerceptualHash {
  const parts = averageParts(image, side);
  const rows = new Float64Array(side * kept);
  for (let y = 0; y < side; y += 1) {
    for (let u = 0; u < kept; u += 1) {
      let sum = 0;
      for (let x = 0; x < side; x += 1) sum += parts[y * side + x]! * cosines[u * side + x]!;
      rows[y * kept + u] = sum;
    }
  }
  const coefficients = new Float64Array(kept * kept);
  for (let v = 0; v < kept; v += 1) {
    for (let u = 0; u < kept; u += 1) {
      let sum = 0;
      for (let y = 0; y < side; y += 1) sum += rows[y * kept + u]! * cosines[v * side + y]!;
      coefficients[v * kept + u] = sum;
    }
  }
  const sorted = coefficients.slice(1).sort();
  const median = sorted[(sorted.length - 1) / 2]!;
  const words: [number, number] = [0, 0];
  for (let i = 0; i < kept * kept; i += 1) {
    const word = i < 32 ? 0 : 1;
    words[word] = ((words[word] << 1) | (coefficients[i]! > median ? 1 : 0)) >>> 0;
  }
  return words;
}
