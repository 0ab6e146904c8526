import type { Random } from '@holdfast/random';
import { type Movement, smear } from './motion.js';
import { clampValue, mapValues, type PixelValues } from './pixel-values.js';
import { enlarge } from './zoom.js';

/** What snow of one severity is made of. */
export interface Snow {
  /** Mean and standard deviation of the noise that flakes are made of. */
  readonly mean: number;
  readonly deviation: number;
  /** By what flakes are enlarged. */
  readonly zoom: number;
  /** What a value has to reach to be a flake. */
  readonly threshold: number;
  /** How flakes are smeared as they fall. */
  readonly fall: Movement;
  /** What is left of the image; the rest is whitened. */
  readonly kept: number;
}

/**
 * y = clamp(k x + (1 - k) max(x, 1.5 g + 0.5) + s + s'), k what is kept, g the pixel's grey, s flakes that were smeared as they fell, s' the
 * same turned by 180 degrees.
 *
 * Flakes are normal noise, drawn pixel by pixel, enlarged, 0 below the threshold, cut to [0, 1] and smeared at an angle drawn uniformly
 * from -135 to -45 degrees: values come from above.
 */
export function addSnow(
  image: PixelValues,
  { mean, deviation, zoom, threshold, fall, kept }: Snow,
  random: Pick<Random, 'normal' | 'uniform'>,
): PixelValues {
  const { height, width, data } = image;
  const noise = Float64Array.from(
    { length: height * width },
    () => mean + deviation * random.normal(),
  );
  const large = enlarge({ height, width, data: noise }, zoom);
  const flakes = large.data.map((value) => (value < threshold ? 0 : clampValue(value)));
  const degrees = 90 * random.uniform() - 135;
  const { data: snow } = smear({ height, width, data: flakes }, fall, degrees);
  return mapValues(image, (value, place) => {
    const pixel = Math.floor(place / 3);
    const whitened = Math.max(value, 1.5 * greyOf(data, 3 * pixel) + 0.5);
    const fallen = snow[pixel]! + snow[snow.length - 1 - pixel]!;
    return clampValue(kept * value + (1 - kept) * whitened + fallen);
  });
}

/** Luma of ITU-R BT.601. */
function greyOf(data: Float64Array, at: number): number {
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}
