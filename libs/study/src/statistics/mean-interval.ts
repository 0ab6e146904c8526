import { studentUpperQuantile } from './student-quantile.js';

/** A mean with its two-sided interval; the ends are null where one value, or none, says nothing of spread. */
export interface MeanInterval {
  readonly mean: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * The mean of independent values and Student's interval around it:
 *
 *   mean +- t(level / 2, n - 1) s / sqrt(n),   s^2 = sum (x - mean)^2 / (n - 1)
 *
 * The interval is about other seeds on the same images: values of a study share the images that judge.
 *
 * @param level that the true mean lies outside, both sides together
 * @param count as if there were so many values, with this mean and s
 */
export function estimateMean(
  values: readonly number[],
  level: number,
  count = values.length,
): MeanInterval {
  if (values.length === 0) return { mean: null, lower: null, upper: null };
  const mean = average(values);
  if (values.length === 1) return { mean, lower: null, upper: null };
  const half = studentUpperQuantile(level / 2, count - 1) * (deviation(values) / Math.sqrt(count));
  return { mean, lower: mean - half, upper: mean + half };
}

/** s, with n - 1 in its denominator. */
function deviation(values: readonly number[]): number {
  const mean = average(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
