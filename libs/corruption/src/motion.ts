import type { Random } from '@holdfast/random';
import { hold } from './border.js';
import { clampValues, type PixelValues, type ValueGrid } from './pixel-values.js';

/** How long a movement is, and how fast it fades: ImageMagick's radius and sigma, in pixels. */
export type Movement = readonly [radius: number, sigma: number];

/** What an image becomes that moves while it is taken: {@link smear} at an angle drawn uniformly from -45 to 45 degrees. */
export function blurMotion(
  image: PixelValues,
  movement: Movement,
  random: Pick<Random, 'uniform'>,
): PixelValues {
  const blurred = smear(image, movement, 90 * random.uniform() - 45);
  return clampValues({ ...image, data: blurred.data });
}

/**
 * Averages each value with those that lie from it on in one direction, as ImageMagick's `MotionBlurImage` does:
 *
 *   y(p) = sum_i w_i x(p + d_i),   w_i = exp(-i^2 / (2 sigma^2)) of sum 1,   i = 0, 1, ..., 2 radius
 *
 * d_i is (ceil(i cos a - 1/2), ceil(i sin a - 1/2)) to the right and down. Beyond the border stand the border's own values.
 *
 * @param degrees the angle a
 */
export function smear(
  { height, width, data }: ValueGrid,
  [radius, sigma]: Movement,
  degrees: number,
): ValueGrid {
  const line = data.length / height;
  const channels = line / width;
  const angle = (degrees * Math.PI) / 180;
  const steps = Array.from({ length: 2 * radius + 1 }, (_, i) => ({
    weight: Math.exp(-(i * i) / (2 * sigma * sigma)),
    right: Math.ceil(i * Math.cos(angle) - 0.5),
    down: Math.ceil(i * Math.sin(angle) - 0.5),
  }));
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  const output = new Float64Array(data.length);
  for (const { weight, right, down } of steps) {
    const share = weight / total;
    const places = Int32Array.from({ length: line }, (_, at) => {
      const channel = at % channels;
      return channels * hold((at - channel) / channels + right, width) + channel;
    });
    for (let y = 0; y < height; y += 1) {
      const from = hold(y + down, height) * line;
      for (let at = 0; at < line; at += 1)
        output[y * line + at]! += share * data[from + places[at]!]!;
    }
  }
  return { height, width, data: output };
}
