import { computeBicubicWeights, precisionBits } from './bicubic-weights.js';
import type { RgbImage } from './rgb-image.js';

const half = 1 << (precisionBits - 1);

/**
 * Bicubic resize, bit for bit as Pillow's `resize(..., BICUBIC)` on RGB: columns first, then rows,
 * rounded to 8 bits between; a direction that keeps its size is not touched.
 */
export function resizeBicubic(
  image: RgbImage,
  { height, width }: { readonly height: number; readonly width: number },
): RgbImage {
  const across = width === image.width ? image : resizeColumns(image, width);
  return height === image.height ? across : resizeRows(across, height);
}

function toByte(sum: number): number {
  const value = sum >> precisionBits;
  if (value < 0) return 0;
  return value > 255 ? 255 : value;
}

function resizeColumns({ height, width: inputs, data }: RgbImage, width: number): RgbImage {
  const { starts, counts, weights, taps } = computeBicubicWeights(inputs, width);
  const output = new Uint8Array(height * width * 3);
  let to = 0;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, to += 3) {
      let from = 3 * (row * inputs + starts[column]!);
      let weightAt = column * taps;
      let red = half;
      let green = half;
      let blue = half;
      for (let k = counts[column]!; k > 0; k -= 1, from += 3, weightAt += 1) {
        const weight = weights[weightAt]!;
        red += data[from]! * weight;
        green += data[from + 1]! * weight;
        blue += data[from + 2]! * weight;
      }
      output[to] = toByte(red);
      output[to + 1] = toByte(green);
      output[to + 2] = toByte(blue);
    }
  }
  return { height, width, data: output };
}

function resizeRows({ height: inputs, width, data }: RgbImage, height: number): RgbImage {
  const { starts, counts, weights, taps } = computeBicubicWeights(inputs, height);
  const stride = 3 * width;
  const output = new Uint8Array(height * stride);
  const sums = new Int32Array(stride);
  for (let row = 0; row < height; row += 1) {
    sums.fill(half);
    for (let k = 0; k < counts[row]!; k += 1) {
      const weight = weights[row * taps + k]!;
      const from = (starts[row]! + k) * stride;
      for (let i = 0; i < stride; i += 1) sums[i] = sums[i]! + data[from + i]! * weight;
    }
    for (let i = 0; i < stride; i += 1) output[row * stride + i] = toByte(sums[i]!);
  }
  return { height, width, data: output };
}
