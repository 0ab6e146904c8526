/** Below it the finite sum's rounding would be seen. */
export const tailMin = 1e-6;

/** Halvings until the interval has no double inside, with room. */
const halvings = 200;

/**
 * Student's t distribution: P(T <= t) for a whole number of degrees of freedom n, as a finite sum.
 *
 *   with theta = atan(t / sqrt(n)), P(|T| <= t) =
 *     n = 1:   2 theta / pi
 *     n odd:   2/pi (theta + sin theta (cos theta + 2/3 cos^3 theta + ... up to cos^(n-2) theta))
 *     n even:  sin theta (1 + 1/2 cos^2 theta + 1*3/(2*4) cos^4 theta + ... up to cos^(n-2) theta)
 *
 * Source: Abramowitz and Stegun, 26.7.3 and 26.7.4.
 */
function studentCentral(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sine, squared] = [Math.sin(theta), Math.cos(theta) ** 2];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? Math.cos(theta) : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= (squared * (power + 1)) / (power + 2);
  }
  return isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}

/**
 * The t that Student's distribution of `degrees` degrees of freedom exceeds with probability `tail`.
 *
 * @throws RangeError if `tail` is not in [1e-6, 0.5) or `degrees` is no whole number from 1 to 10,000.
 */
export function studentUpperQuantile(tail: number, degrees: number): number {
  if (!(tail >= tailMin && tail < 0.5))
    throw new RangeError(`tail must be in [1e-6, 0.5): ${tail}`);
  if (!Number.isInteger(degrees) || degrees < 1 || degrees > 10_000) {
    throw new RangeError(`degrees must be a whole number from 1 to 10,000: ${degrees}`);
  }
  const central = 1 - 2 * tail;
  // With one degree of freedom the quantile at 1e-6 is 3.2e5.
  let [low, high] = [0, 1e6];
  for (let i = 0; i < halvings; i += 1) {
    const middle = (low + high) / 2;
    if (studentCentral(middle, degrees) < central) low = middle;
    else high = middle;
  }
  return high;
}
