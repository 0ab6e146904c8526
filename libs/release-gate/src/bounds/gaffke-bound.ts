import { weighExponentials } from './exponential-sums.js';
import { findCrossing } from './find-crossing.js';
import { meanChange, type Stratum } from './group-strata.js';

/**
 * How strongly the groups speak against a mean change of `delta` or less: the p-value of the
 * hypothesis Delta <= delta.
 *
 *   p(delta) = P( sum_g E_g (d_g - delta n_g) + E_0 n_max (worst - delta) <= 0 ),  E ~ Exp(1)
 *
 * The groups are weighed at random (a Bayesian bootstrap) together with one group that was not seen:
 * as large as the largest, every example of it lost. That unseen group is what makes the bound hold
 * for few groups and any distribution of changes in [-1, 1]: with only whole-group losses it is
 * Clopper and Pearson's, and without any flip in G groups of one size it is 1 - level^(1/G).
 *
 * @param worst change of the unseen group's accuracy: the least that any group's can be.
 *
 * Sources: N. Gaffke, Three test statistics for a nonparametric one-sided hypothesis on the mean of
 * a nonnegative variable, Mathematical Methods of Statistics 14 (2005); E. Learned-Miller and
 * P. S. Thomas, arXiv 1905.06208. That it holds at its level for every distribution is a
 * conjecture, unrefuted; docs/statistics.md measures it.
 */
export function gaffkePValue(strata: readonly Stratum[], delta: number, worst = -1): number {
  const largest = Math.max(...strata.map((stratum) => stratum.size));
  const terms = strata.map(({ size, change, count }) => ({
    weight: change - delta * size,
    count,
  }));
  return weighExponentials([...terms, { weight: largest * (worst - delta), count: 1 }]);
}

/**
 * The one-sided lower bound of Delta at `level`: the largest delta with p(delta) <= level, never
 * above the observed change.
 *
 * @param worst as of {@link gaffkePValue}.
 * @throws RangeError if `level` is not in (0, 0.5).
 */
export function gaffkeLowerBound(strata: readonly Stratum[], level: number, worst = -1): number {
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  const estimate = meanChange(strata);
  if (estimate <= worst) return worst;
  const excess = (delta: number) => gaffkePValue(strata, delta, worst) - level;
  return excess(estimate) <= 0 ? estimate : findCrossing(excess, worst, estimate, -level);
}
