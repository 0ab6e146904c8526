import type { Stratum } from '../bounds/group-strata.js';
import { convolveSubsets } from './convolve-subsets.js';
import { drawSubsets } from './draw-subsets.js';

/** The mean changes of the subsets of the groups, largest first. */
export interface SubsetChanges {
  /** Mean change of each kind of non-empty subset, descending. */
  readonly means: Float64Array;
  /** Probability of each. */
  readonly weights: Float64Array;
  /** Probability of the empty subset. */
  readonly emptyWeight: number;
}

/**
 * Every subset A of the groups with its mean change, sum_A d_g / sum_A n_g: what a sign-flip test
 * of sum_g (d_g - delta n_g) looks at, since flipping the signs of the groups in A leaves a sum at
 * or below the observed one exactly if the mean change of A is delta or more.
 *
 * Exact where that is quick (fifty groups of ten images, or more where few flip), else a Monte Carlo test from `seed`.
 *
 * Source: J. A. Hartigan, Using subsample values as typical values, JASA 64 (1969) 1303-1317.
 */
export function listSubsetChanges(strata: readonly Stratum[], seed: number): SubsetChanges {
  const subsets = convolveSubsets(strata) ?? drawSubsets(strata, seed);
  const ranked = subsets
    .filter((subset) => subset.size > 0)
    .map(({ change, size, weight }) => ({ mean: change / size, weight }))
    .sort((a, b) => b.mean - a.mean);
  return {
    means: Float64Array.from(ranked, (subset) => subset.mean),
    weights: Float64Array.from(ranked, (subset) => subset.weight),
    emptyWeight: subsets.reduce((sum, { size, weight }) => (size === 0 ? sum + weight : sum), 0),
  };
}
