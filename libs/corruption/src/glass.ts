import type { Random } from '@holdfast/random';
import { blurGaussian } from './blur.js';
import type { PixelValues } from './pixel-values.js';

/** Standard deviation of the blur, how far pixels come from, and how often they are mixed. */
export type Glass = readonly [sigma: number, reach: number, times: number];

/**
 * What frosted glass leaves: a Gaussian blur, pixels out of place, and the blur again.
 *
 * From the last row and column to the first, but for the first reach + 1 and the last reach - 1, each pixel becomes a copy of the one at
 * (x + dx, y + dy) as that is by then; dx and then dy are uniform integers in [-reach, reach). The benchmarks' program says that it exchanges both,
 * and copies, too: its second assignment reads what the first has written.
 */
export function blurGlass(
  image: PixelValues,
  [sigma, reach, times]: Glass,
  random: Pick<Random, 'uniform'>,
): PixelValues {
  const blurred = blurGaussian(image, sigma);
  const { height, width, data } = blurred;
  const draw = () => Math.floor(2 * reach * random.uniform()) - reach;
  for (let time = 0; time < times; time += 1) {
    for (let y = height - reach; y > reach; y -= 1) {
      for (let x = width - reach; x > reach; x -= 1) {
        const right = draw();
        const from = 3 * ((y + draw()) * width + x + right);
        const to = 3 * (y * width + x);
        data.copyWithin(to, from, from + 3);
      }
    }
  }
  return blurGaussian(blurred, sigma);
}
