/** `count` exponential variables of mean 1, each multiplied by `weight`. */
export interface ExponentialTerm {
  readonly weight: number;
  /** Positive; not necessarily whole (then a gamma variable). */
  readonly count: number;
}

/** Where the characteristic function is smaller than this the integral ends. */
const modulusMin = 1e-15;

/**
 * P( sum_k weight_k Gamma(count_k) <= 0 ), by inverting the characteristic function
 * phi(t) = prod_k (1 - i weight_k t)^(-count_k):
 *
 *   P = 1/2 - 1/pi integral_0^inf Im phi(t) dt/t
 *
 * Absolute error about 1e-12. Two plain sums give the integral, whichever is shorter: over equal
 * steps of t (good where there are many terms), or of log t (where phi dies off slowly).
 * Source: J. P. Imhof, Biometrika 48 (1961) 419-426; R. B. Davies, Applied Statistics 29 (1980)
 * 323-333.
 */
export function weighExponentials(terms: readonly ExponentialTerm[]): number {
  const active = terms.filter((term) => term.weight !== 0 && term.count > 0);
  if (active.every((term) => term.weight < 0)) return 1;
  if (active.every((term) => term.weight > 0)) return 0;
  const mean = Math.abs(active.reduce((sum, { weight, count }) => sum + weight * count, 0));
  const deviation = Math.sqrt(active.reduce((sum, { weight: w, count }) => sum + w * w * count, 0));
  const largest = Math.max(...active.map(({ weight }) => Math.abs(weight)));
  // Beyond this the sum of the terms is found with a probability below 1e-12, so that folding it
  // onto a circle of this length, which is what equal steps do, changes nothing.
  const step = (2 * Math.PI) / (mean + 8 * deviation + 30 * largest);
  // Below this the integrand is nothing.
  const start = 1e-14 / Math.max(mean, deviation);
  const end = findEnd(active, start);
  const total = active.reduce((sum, { count }) => sum + count, 0);
  // phi turns faster the more terms there are.
  const logStep = Math.min(0.05, 0.5 / Math.sqrt(total));
  const integral =
    end / step < Math.log(end / start) / logStep
      ? sumEqualSteps(active, step)
      : sumLogSteps(active, { start, step: logStep });
  return Math.min(1, Math.max(0, 0.5 - integral / Math.PI));
}

/** A power of two times `start` at which phi is nothing. */
function findEnd(terms: readonly ExponentialTerm[], start: number): number {
  let t = start;
  while (evaluate(terms, t).modulus > modulusMin) t *= 2;
  return t;
}

/** The midpoint rule in t. */
function sumEqualSteps(terms: readonly ExponentialTerm[], step: number): number {
  let sum = 0;
  for (let k = 0.5; ; k += 1) {
    const { modulus, sine } = evaluate(terms, k * step);
    sum += (sine * modulus) / k;
    if (modulus <= modulusMin) return sum;
  }
}

/** The trapezoidal rule in log t. */
function sumLogSteps(
  terms: readonly ExponentialTerm[],
  { start, step }: { readonly start: number; readonly step: number },
): number {
  const factor = Math.exp(step);
  let sum = 0;
  for (let t = start; ; t *= factor) {
    const { modulus, sine } = evaluate(terms, t);
    sum += sine * modulus;
    if (modulus <= modulusMin) return sum * step;
  }
}

/** Modulus of phi(t) and the sine of its argument. */
function evaluate(terms: readonly ExponentialTerm[], t: number): { modulus: number; sine: number } {
  let angle = 0;
  let logModulus = 0;
  for (const { weight, count } of terms) {
    const product = weight * t;
    angle += count * Math.atan(product);
    logModulus -= (count / 2) * Math.log1p(product * product);
  }
  return { modulus: Math.exp(logModulus), sine: Math.sin(angle) };
}
