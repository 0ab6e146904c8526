import { gaffkeLowerBound } from '@holdfast/release-gate';
import type { MeanInterval } from './mean-interval.js';

/**
 * The mean of independent values in [-reach, reach], and Gaffke's interval around it, which assumes nothing else of them: the gate's
 * bound for groups of one size (docs/statistics.md). Values that are far from all those seen are not excluded by these:
 * without any spread the ends still lie 1 - (level / 2)^(1/n) of the way to -reach and reach.
 *
 * @param level that the true mean lies outside, both sides together
 * @param count as if there were so many values, distributed like these
 */
export function boundMean(
  values: readonly number[],
  level: number,
  { reach, count = values.length }: { readonly reach: number; readonly count?: number | undefined },
): MeanInterval {
  if (values.length === 0) return { mean: null, lower: null, upper: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const bound = (sign: 1 | -1) => {
    const each = { size: 1, count: count / values.length };
    return gaffkeLowerBound(
      values.map((value) => ({ ...each, change: sign * value })),
      level / 2,
      -reach,
    );
  };
  return { mean, lower: bound(1), upper: -bound(-1) };
}
