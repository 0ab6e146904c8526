import { weighExponentials } from './exponential-sums.js';
import { meanChange, type Stratum } from './group-strata.js';

/**
 * How strongly the groups speak against a mean change of `delta` or less: the p-value of the
 * hypothesis Delta <= delta.
 *
 *   p(delta) = P( sum_g E_g (d_g - delta n_g) + E_0 (-n_max - delta n_max) <= 0 ),  E ~ Exp(1)
 *
 * The groups are weighed at random (a Bayesian bootstrap) together with one group that was not seen:
 * as large as the largest, every example of it lost. That unseen group is what makes the bound hold
 * for few groups and any distribution of changes in [-1, 1]: with only whole-group losses it is
 * Clopper and Pearson's, and without any flip in G groups of one size it is 1 - level^(1/G).
 *
 * Sources: N. Gaffke, Three test statistics for a nonparametric one-sided hypothesis on the mean of
 * a nonnegative variable, Mathematical Methods of Statistics 14 (2005); E. Learned-Miller and
 * P. S. Thomas, arXiv 1905.06208. That it holds at its level for every distribution is a
 * conjecture, unrefuted; docs/statistics.md measures it.
 */
export function gaffkePValue(strata: readonly Stratum[], delta: number): number {
  const largest = Math.max(...strata.map((stratum) => stratum.size));
  const terms = strata.map(({ size, change, count }) => ({
    weight: change - delta * size,
    count,
  }));
  return weighExponentials([...terms, { weight: -largest * (1 + delta), count: 1 }]);
}

/**
 * The one-sided lower bound of Delta at `level`: the largest delta with p(delta) <= level, never
 * above the observed change.
 *
 * @throws RangeError if `level` is not in (0, 0.5).
 */
export function gaffkeLowerBound(strata: readonly Stratum[], level: number): number {
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  const estimate = meanChange(strata);
  if (estimate <= -1) return -1;
  const excess = (delta: number) => gaffkePValue(strata, delta) - level;
  return excess(estimate) <= 0 ? estimate : findCrossing(excess, -1, estimate, -level);
}

/** Bounds closer than this are the same: a thousandth of a millionth of a point. */
const resolution = 1e-11;

/**
 * Where an increasing function crosses zero, from below: regula falsi with the Illinois change,
 * which halves the weight of an end that stays.
 */
function findCrossing(
  evaluate: (x: number) => number,
  start: number,
  end: number,
  startValue: number,
): number {
  let [low, high] = [start, end];
  let [lowValue, highValue] = [startValue, evaluate(end)];
  let side = 0;
  for (let i = 0; i < 200 && high - low > resolution; i += 1) {
    const secant = (low * highValue - high * lowValue) / (highValue - lowValue);
    // Every fourth step bisects, so that both ends close in.
    const x = i % 4 === 3 ? (low + high) / 2 : secant;
    const value = evaluate(x);
    if (value <= 0) {
      [low, lowValue] = [x, value];
      if (side === -1) highValue /= 2;
      side = -1;
    } else {
      [high, highValue] = [x, value];
      if (side === 1) lowValue /= 2;
      side = 1;
    }
    if (Math.abs(value) < 1e-13) return x;
  }
  return low;
}
