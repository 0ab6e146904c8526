import type { Random } from '@holdfast/random';
import { sampleGaussian } from './blur.js';
import { mirror, reflect } from './border.js';
import { clampValues, type PixelValues } from './pixel-values.js';
import { type Places, sampleAt } from './sample-at.js';

/** In pixels: by how much smoothed noise is multiplied, what it is smoothed by, and how far corners are moved. */
export type Elastic = readonly [strength: number, sigma: number, jitter: number];

/** Standard deviations after which the smoothing of a displacement is cut off. */
const truncation = 3;

/**
 * An image on rubber: warped by an affine map ({@link drawAffine}), and then every pixel taken from (x + dx, y + dy), where dx and then dy
 * are `strength` times uniform noise in [-1, 1), drawn pixel by pixel and smoothed by a Gaussian. Values between pixels are bilinear.
 */
export function warpElastic(
  image: PixelValues,
  [strength, sigma, jitter]: Elastic,
  random: Pick<Random, 'uniform'>,
): PixelValues {
  const { height, width } = image;
  const affine = drawAffine(image, jitter, random);
  const warped = sampleAt(image, affine, mirror);
  // Without strength there is no displacement, nor a Gaussian to smooth it with.
  if (strength === 0) return clampValues({ ...image, data: warped });
  const weights = { rows: foldGaussian(height, sigma), columns: foldGaussian(width, sigma) };
  const drawField = () =>
    smooth(
      Float64Array.from({ length: height * width }, () => 2 * random.uniform() - 1),
      weights,
    );
  const [rights, downs] = [drawField(), drawField()];
  const places = {
    xs: rights.map((right, i) => (i % width) + strength * right),
    ys: downs.map((down, i) => Math.floor(i / width) + strength * down),
  };
  const data = sampleAt({ ...image, data: warped }, places, reflect);
  return clampValues({ ...image, data });
}

/**
 * The affine map that moves three corners of a square about the middle, each coordinate by a uniform number in [-jitter, jitter): the lower right,
 * the upper right and the upper left one, x before y. The middle is (floor(width / 2), floor(height / 2)), half the square's side a third of the image's shorter
 * one, rounded down.
 */
function drawAffine(
  { height, width }: PixelValues,
  jitter: number,
  random: Pick<Random, 'uniform'>,
): Places {
  const [middleX, middleY] = [Math.floor(width / 2), Math.floor(height / 2)];
  const half = Math.max(1, Math.floor(Math.min(height, width) / 3));
  const draw = () => jitter * (2 * random.uniform() - 1);
  const [first, second, third] = [
    { x: middleX + half + draw(), y: middleY + half + draw() },
    { x: middleX + half + draw(), y: middleY - half + draw() },
    { x: middleX - half + draw(), y: middleY - half + draw() },
  ] as const;
  // A place p = first + u (second - first) + v (third - second) comes from where u and v lead from the unmoved corner: 2 half up and to the left.
  const up = { x: second.x - first.x, y: second.y - first.y };
  const left = { x: third.x - second.x, y: third.y - second.y };
  const area = up.x * left.y - up.y * left.x;
  const scale = area === 0 ? 0 : (2 * half) / area;
  const xs = new Float64Array(height * width);
  const ys = new Float64Array(height * width);
  for (let i = 0; i < xs.length; i += 1) {
    const x = (i % width) - first.x;
    const y = Math.floor(i / width) - first.y;
    xs[i] = middleX + half - scale * (up.x * y - up.y * x);
    ys[i] = middleY + half - scale * (x * left.y - y * left.x);
  }
  return { xs, ys };
}

/** Convolves one value a pixel along columns, and then along rows. */
function smooth(
  data: Float64Array,
  { rows, columns }: { readonly rows: readonly Weights[]; readonly columns: readonly Weights[] },
): Float64Array {
  const width = columns.length;
  const between = new Float64Array(data.length);
  for (const [y, { start, weights }] of rows.entries()) {
    for (let k = 0; k < weights.length; k += 1) {
      const weight = weights[k]!;
      const from = (start + k) * width;
      for (let x = 0; x < width; x += 1) between[y * width + x]! += weight * data[from + x]!;
    }
  }
  const output = new Float64Array(data.length);
  for (const [x, { start, weights }] of columns.entries()) {
    for (let row = 0; row < data.length; row += width) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k]! * between[row + start + k]!;
      output[row + x] = sum;
    }
  }
  return output;
}

/** Weights of the values of a line, from the one at `start` on. */
interface Weights {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * What a Gaussian gives each value of a line at each place of it, the border reflected: what it gives beyond an end is added to the values
 * that stand there, so that one as wide as several lines costs no more than a line.
 */
function foldGaussian(size: number, sigma: number): Weights[] {
  const radius = Math.trunc(truncation * sigma + 0.5);
  const gaussian = sampleGaussian(radius, sigma);
  return Array.from({ length: size }, (_, i) => {
    const start = Math.max(0, i - radius);
    const weights = new Float64Array(Math.min(size - 1, i + radius) + 1 - start);
    for (let k = 0; k < gaussian.length; k += 1) {
      weights[reflect(i + k - radius, size) - start]! += gaussian[k]!;
    }
    return { start, weights };
  });
}
