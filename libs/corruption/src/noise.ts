import type { Random } from '@holdfast/random';
import { clampValue, mapValues, type PixelValues } from './pixel-values.js';

/** y = clamp(x + sigma n), n standard normal, drawn value by value. */
export function addGaussianNoise(
  image: PixelValues,
  sigma: number,
  random: Pick<Random, 'normal'>,
): PixelValues {
  return mapValues(image, (value) => clampValue(value + sigma * random.normal()));
}

/**
 * y = clamp(k / c), k Poisson with mean c x: what c photons a white pixel leave of it.
 *
 * k is the quantile of one uniform u: the smallest k with P(K <= k) >= u.
 */
export function addShotNoise(
  image: PixelValues,
  photons: number,
  random: Pick<Random, 'uniform'>,
): PixelValues {
  const tables = new Map<number, Float64Array>();
  return mapValues(image, (value) => {
    const mean = photons * value;
    const table = tables.get(mean) ?? cumulatePoisson(mean);
    tables.set(mean, table);
    return clampValue(findQuantile(table, random.uniform()) / photons);
  });
}

/** With probability p a value becomes 1 or 0, equally often: u < p / 2 is 1, u < p is 0. */
export function addImpulseNoise(
  image: PixelValues,
  share: number,
  random: Pick<Random, 'uniform'>,
): PixelValues {
  return mapValues(image, (value) => {
    const u = random.uniform();
    if (u >= share) return value;
    return u < share / 2 ? 1 : 0;
  });
}

/** What is left of the probability where a table ends; a uniform of 32 bits never gets there. */
const tailMax = 2 ** -40;

/** P(K <= k), k = 0, 1, ..., of a Poisson number with this mean, at most 700: its probability of 0 has to be a float64. */
function cumulatePoisson(mean: number): Float64Array {
  const sums: number[] = [];
  let probability = Math.exp(-mean);
  let sum = probability;
  for (let k = 1; 1 - sum > tailMax && (k <= mean || probability > 0); k += 1) {
    sums.push(sum);
    probability *= mean / k;
    sum += probability;
  }
  return Float64Array.from([...sums, sum]);
}

/** The first place whose sum is at least u; the last one where none is. */
function findQuantile(sums: Float64Array, u: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! >= u) high = middle;
    else low = middle + 1;
  }
  return low;
}
