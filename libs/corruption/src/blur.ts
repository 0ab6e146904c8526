import { hold, mirror } from './border.js';
import { clampValues, type PixelValues } from './pixel-values.js';

/** Standard deviations after which a Gaussian is cut off. */
const truncation = 4;

/**
 * Convolution with a Gaussian, cut off after 4 standard deviations; beyond the border stand the border's own values.
 */
export function blurGaussian(image: PixelValues, sigma: number): PixelValues {
  const radius = Math.trunc(truncation * sigma + 0.5);
  const weights = sampleGaussian(radius, sigma);
  return clampValues(blurRows(blurColumns(image, weights, radius), weights, radius));
}

/**
 * Convolution with a disk whose edge is blurred, what a lens out of focus makes of a point; the border is reflected without
 * being repeated.
 */
export function blurDefocus(
  image: PixelValues,
  [radius, edge]: readonly [radius: number, edge: number],
): PixelValues {
  const { height, width, data } = image;
  const { downs, rights, weights, reach } = listTaps(radius, edge);
  const rows = Int32Array.from({ length: height + 2 * reach }, (_, i) => mirror(i - reach, height));
  const columns = Int32Array.from({ length: width + 2 * reach }, (_, i) =>
    mirror(i - reach, width),
  );
  const output = new Float64Array(data.length);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = 0; k < weights.length; k += 1) {
        const weight = weights[k]!;
        const from = 3 * (rows[y + downs[k]!]! * width + columns[x + rights[k]!]!);
        red += weight * data[from]!;
        green += weight * data[from + 1]!;
        blue += weight * data[from + 2]!;
      }
      output[to] = red;
      output[to + 1] = green;
      output[to + 2] = blue;
    }
  }
  return clampValues({ height, width, data: output });
}

/** Weights that are not 0, and where each stands in its square of side 2 reach + 1. */
interface Taps {
  readonly reach: number;
  readonly downs: readonly number[];
  readonly rights: readonly number[];
  readonly weights: readonly number[];
}

/** Half the side of the square that a disk of radius 8 or less is drawn on. */
const squareReach = 8;

/** The blurred disk's weights. The square's border is reflected, too, as the benchmarks have it. */
function listTaps(radius: number, edge: number): Taps {
  const isSmall = radius <= squareReach;
  const reach = isSmall ? squareReach : radius;
  const side = 2 * reach + 1;
  const disk = new Float64Array(side * side);
  for (let i = 0; i < disk.length; i += 1) {
    const [dy, dx] = [Math.floor(i / side) - reach, (i % side) - reach];
    disk[i] = dx * dx + dy * dy <= radius * radius ? 1 : 0;
  }
  const area = disk.reduce((sum, value) => sum + value, 0);
  const edgeReach = isSmall ? 1 : 2;
  const blur = sampleGaussian(edgeReach, edge);
  const taps = { reach, downs: [] as number[], rights: [] as number[], weights: [] as number[] };
  for (let i = 0; i < disk.length; i += 1) {
    const [row, column] = [Math.floor(i / side), i % side];
    let sum = 0;
    for (let a = -edgeReach; a <= edgeReach; a += 1) {
      for (let b = -edgeReach; b <= edgeReach; b += 1) {
        const from = mirror(row + a, side) * side + mirror(column + b, side);
        sum += blur[a + edgeReach]! * blur[b + edgeReach]! * disk[from]!;
      }
    }
    if (sum === 0) continue;
    taps.downs.push(row);
    taps.rights.push(column);
    taps.weights.push(sum / area);
  }
  return taps;
}

/** exp(-k^2 / (2 sigma^2)), k = -radius ... radius, of sum 1. */
export function sampleGaussian(radius: number, sigma: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function blurColumns(image: PixelValues, weights: Float64Array, radius: number): PixelValues {
  return convolve(image, { weights, radius, size: image.height, stride: 3 * image.width });
}

function blurRows(image: PixelValues, weights: Float64Array, radius: number): PixelValues {
  return convolve(image, { weights, radius, size: image.width, stride: 3 });
}

/** Convolves along a direction of `size` pixels that lie `stride` values apart. */
function convolve(
  { height, width, data }: PixelValues,
  {
    weights,
    radius,
    size,
    stride,
  }: {
    readonly weights: Float64Array;
    readonly radius: number;
    readonly size: number;
    readonly stride: number;
  },
): PixelValues {
  const output = new Float64Array(data.length);
  const nearest = Int32Array.from(
    { length: size + 2 * radius },
    (_, i) => stride * hold(i - radius, size),
  );
  for (let at = 0; at < data.length; at += 1) {
    const place = Math.floor(at / stride) % size;
    const start = at - place * stride;
    let sum = 0;
    for (let k = 0; k < weights.length; k += 1) {
      sum += weights[k]! * data[start + nearest[place + k]!]!;
    }
    output[at] = sum;
  }
  return { height, width, data: output };
}
