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

/** Like groups together, in order of size and then change. */
export function likeGroups(strata: readonly Stratum[]): readonly Stratum[] {
  const pooled = new Map<number, Map<number, { size: number; change: number; count: number }>>();
  for (const stratum of strata) {
    const ofSize = pooled.get(stratum.size) ?? new Map();
    pooled.set(stratum.size, ofSize);
    const like = ofSize.get(stratum.change);
    if (like === undefined) ofSize.set(stratum.change, { ...stratum });
    else like.count += stratum.count;
  }
  return [...pooled.values()]
    .flatMap((ofSize) => [...ofSize.values()])
    .sort((a, b) => a.size - b.size || a.change - b.change);
}

/**
 * Groups as strata, and beside them, where none is so large, a size that one may have which was left out.
 *
 * @param largest 0: nothing was left out.
 */
export function stratify(
  groups: readonly Pick<Stratum, 'size' | 'change'>[],
  largest: number,
): readonly Stratum[] {
  const strata = groups.map(({ size, change }) => ({ size, change, count: 1 }));
  const isLarger = groups.every(({ size }) => size < largest);
  return likeGroups(isLarger ? [...strata, { size: largest, change: 0, count: 0 }] : strata);
}

/**
 * Gathers like groups: whatever is computed from the result does not depend on the order of the groups, and its cost is that of
 * the distinct ones.
 */
export function collectStrata({
  groups,
  missing,
}: Pick<PairedComparison, 'groups' | 'missing'>): readonly Stratum[] {
  const changes = groups.map(({ size, negativeFlips, positiveFlips }) => ({
    size,
    change: positiveFlips - negativeFlips,
  }));
  return stratify(changes, missing?.largestGroup ?? 0);
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
