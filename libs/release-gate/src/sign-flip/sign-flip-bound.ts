import type { SubsetChanges } from './subset-changes.js';

/** Sums of weights that differ by less than this are equal: rounding, not evidence. */
const rounding = 1e-12;

/**
 * Sign-flip p-value of the hypothesis Delta >= delta: the probability that flipping the signs of
 * random groups' d_g - delta n_g leaves a sum as low as the observed one.
 *
 *   p(delta) = P(A empty) + P(mean change of A >= delta),   A a uniformly random subset of the groups
 *
 * Exact where groups are independent and their deviations from Delta symmetric.
 * Source: E. Pitman, JRSS Suppl. 4 (1937); see {@link SubsetChanges}.
 */
export function signFlipPValue(subsets: SubsetChanges, delta: number): number {
  let p = subsets.emptyWeight;
  for (let i = 0; i < subsets.means.length && subsets.means[i]! >= delta; i += 1) {
    p += subsets.weights[i]!;
  }
  return Math.min(1, p);
}

/**
 * The one-sided upper bound of Delta at `level`: the largest delta with p(delta) > level. 1 where
 * there are too few groups for any p-value that small (fewer than 5 at level 0.05).
 *
 * @throws RangeError if `level` is not in (0, 0.5).
 */
export function signFlipUpperBound(subsets: SubsetChanges, level: number): number {
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  let p = subsets.emptyWeight;
  if (p > level + rounding) return 1;
  for (let i = 0; i < subsets.means.length; i += 1) {
    p += subsets.weights[i]!;
    if (p > level + rounding) return subsets.means[i]!;
  }
  return 1;
}
