import type { PairedComparison } from '@holdfast/metrics';

/** Groups that are alike: same size, same net change. */
export interface Stratum {
  /** n_g: examples in each of the groups. */
  readonly size: number;
  /** d_g = c_g - b_g: net flips to right in each of the groups. */
  readonly change: number;
  /** How many such groups; not necessarily a whole number. None: a size that a group may have which was left out. */
  readonly count: number;
}

/**
 * Gathers like groups, in order of size and then change: whatever is computed from the result does
 * not depend on the order of the groups, and its cost is that of the distinct ones.
 */
export function collectStrata({
  groups,
  missing,
}: Pick<PairedComparison, 'groups' | 'missing'>): Stratum[] {
  const counts = new Map<string, { size: number; change: number; count: number }>();
  for (const { size, negativeFlips, positiveFlips } of groups) {
    const change = positiveFlips - negativeFlips;
    const key = `${size}:${change}`;
    const stratum = counts.get(key);
    if (stratum === undefined) counts.set(key, { size, change, count: 1 });
    else stratum.count += 1;
  }
  const largest = missing?.largestGroup ?? 0;
  if (groups.every(({ size }) => size < largest)) {
    counts.set(`${largest}:0`, { size: largest, change: 0, count: 0 });
  }
  return [...counts.values()].sort((a, b) => a.size - b.size || a.change - b.change);
}

/** Delta = sum_g d_g / sum_g n_g. */
export function meanChange(strata: readonly Stratum[]): number {
  let change = 0;
  let size = 0;
  for (const stratum of strata) {
    change += stratum.count * stratum.change;
    size += stratum.count * stratum.size;
  }
  return change / size;
}
