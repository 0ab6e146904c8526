/** `count` exponential variables of mean 1, each multiplied by `weight`. */
export interface ExponentialTerm {
  readonly weight: number;
  /** Positive; not necessarily whole (then a gamma variable). */
  readonly count: number;
}

/**
 * P( sum_k weight_k Gamma(count_k) <= 0 ), by inverting the characteristic function:
 *
 *   P = 1/2 - 1/pi integral_0^inf Im prod_k (1 - i weight_k t)^(-count_k) dt/t
 *
 * In u = log t the integrand is smooth and dies off on both sides, so that the plain sum over equal
 * steps is exact to about 1e-12, given steps short enough for its oscillation, which grows like the
 * square root of the number of terms.
 * Source: J. Gil-Pelaez, Biometrika 38 (1951); J. P. Imhof, Biometrika 48 (1961) 419-426.
 */
export function weighExponentials(terms: readonly ExponentialTerm[]): number {
  const active = terms.filter((term) => term.weight !== 0 && term.count > 0);
  if (active.every((term) => term.weight < 0)) return 1;
  if (active.every((term) => term.weight > 0)) return 0;
  const mean = active.reduce((sum, { weight, count }) => sum + weight * count, 0);
  const deviation = Math.sqrt(active.reduce((sum, { weight: w, count }) => sum + w * w * count, 0));
  // Beyond 15 deviations the tail is below exp(-15) and the sum would lose its digits.
  if (Math.abs(mean) > 15 * deviation) return mean > 0 ? 0 : 1;
  return integrateOscillation(active, 1e-14 / Math.max(Math.abs(mean), deviation));
}

/** 1/2 - 1/pi integral, summed from t = `start`, below which the integrand is nothing. */
function integrateOscillation(terms: readonly ExponentialTerm[], start: number): number {
  const total = terms.reduce((sum, { count }) => sum + count, 0);
  const step = Math.min(0.05, 0.5 / Math.sqrt(total));
  const factor = Math.exp(step);
  let sum = 0;
  let modulus = 1;
  let t = start;
  while (modulus > 1e-15) {
    let angle = 0;
    let logModulus = 0;
    for (const { weight, count } of terms) {
      const product = weight * t;
      angle += count * Math.atan(product);
      logModulus -= (count / 2) * Math.log1p(product * product);
    }
    modulus = Math.exp(logModulus);
    sum += Math.sin(angle) * modulus;
    t *= factor;
  }
  return Math.min(1, Math.max(0, 0.5 - (step / Math.PI) * sum));
}
