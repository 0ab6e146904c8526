import type { Stratum } from '../bounds/group-strata.js';

/** Neighbouring arguments t differ by this factor. */
const ratio = 1.3;

/**
 * What bounds the p-value of every set without looking at it, in logarithms:
 *
 *   p_R(delta) <= E exp(-t (S_0 + sum_{k in R} S_k)) = exp(f_0(t) + sum_{k in R} f_k(t))   for all t > 0
 *   f_k(t) = - sum_g log(1 + t (d_g - delta n_g)),   f_0(t) = - log(1 - t n_max (1 + delta))
 *
 * S_k = sum_g E_g (d_g - delta n_g) are independent, and E exp(-t x E) = 1 / (1 + t x) for an exponential E
 * (Chernoff 1952). Infinite where t is too large for the expectation to exist.
 *
 * @returns for each of some t: `tasks`, f_k of every task, and `unseen`, f_0 with every task's largest group.
 */
export function computeChernoffFactors(tasks: readonly (readonly Stratum[])[], delta: number) {
  const largest = tasks.map((strata) => Math.max(...strata.map(({ size }) => size)));
  const top = 0.98 / ((1 + delta) * Math.min(...largest));
  const bottom = 0.02 / ((1 + delta) * Math.max(...largest));
  const count = Math.ceil(Math.log(top / bottom) / Math.log(ratio));
  return Array.from({ length: count }, (_, i) => {
    const t = top / ratio ** i;
    return {
      tasks: Float64Array.from(tasks, (strata) =>
        strata.reduce(
          (sum, { size, change, count }) => sum + count * logFactor(t * (change - delta * size)),
          0,
        ),
      ),
      unseen: Float64Array.from(largest, (size) => logFactor(-t * size * (1 + delta))),
    };
  });
}

/** log E exp(-x E). */
function logFactor(x: number): number {
  return x > -1 ? -Math.log1p(x) : Number.POSITIVE_INFINITY;
}
