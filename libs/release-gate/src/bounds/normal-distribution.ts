/**
 * The standard normal's upper tail, P(Z > x).
 *
 * Near zero the series 1/2 - phi(x) (x + x^3/3 + x^5/15 + ...), far out the continued fraction
 * phi(x) / (x + 1/(x + 2/(x + ...))): relative error below 1e-12 everywhere.
 * Source: Marsaglia, Evaluating the Normal Distribution, J. Stat. Software 11(4), 2004.
 */
export function normalUpperTail(x: number): number {
  if (x < 0) return 1 - normalUpperTail(-x);
  const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
  return x < 3 ? 0.5 - density * oddSeries(x) : density / millsFraction(x);
}

/** x + x^3/3 + x^5/(3*5) + ..., to machine precision. */
function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}

/** x + 1/(x + 2/(x + 3/(...))); 120 levels are more than x = 3 needs. */
function millsFraction(x: number): number {
  let fraction = x;
  for (let k = 120; k > 0; k -= 1) fraction = x + k / fraction;
  return fraction;
}

/**
 * z with P(Z > z) = probability.
 *
 * Found by bisection of {@link normalUpperTail}: exact to the last bits, and rarely called.
 * @throws RangeError if `probability` is not in (0, 1).
 */
export function normalUpperQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`a probability must be in (0, 1), not ${probability}`);
  }
  let low = -38;
  let high = 38;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (normalUpperTail(middle) > probability) low = middle;
    else high = middle;
  }
}
