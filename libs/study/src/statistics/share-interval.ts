/** How many of so many, and the two-sided interval of the share; null where there are none. */
export interface ShareInterval {
  readonly count: number;
  readonly of: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Halvings to a double's last digit. */
const halvings = 60;

/**
 * The share of successes and its exact interval (Clopper and Pearson), for X ~ Binomial(n, p):
 *
 *   lower = the p with P(X >= x) = level / 2,   0 where x = 0
 *   upper = the p with P(X <= x) = level / 2,   1 where x = n
 *
 * @throws RangeError if `count` is not a whole number from 0 to `of`, or `of` is larger than 1,000.
 */
export function estimateShare(count: number, of: number, level: number): ShareInterval {
  if (!(Number.isInteger(count) && Number.isInteger(of) && count >= 0 && count <= of)) {
    throw new RangeError(`${count} of ${of} is no share`);
  }
  // Beyond it the powers of small probabilities would vanish.
  if (of > 1000) throw new RangeError(`a share is of at most 1,000, not of ${of}`);
  if (of === 0) return { count, of, lower: null, upper: null };
  return {
    count,
    of,
    lower: lowerBound(count, of, level / 2),
    // A failure is a success of the other kind.
    upper: 1 - lowerBound(of - count, of, level / 2),
  };
}

function lowerBound(count: number, of: number, tail: number): number {
  if (count === 0) return 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < halvings; i += 1) {
    const middle = (low + high) / 2;
    if (upperTail(count, of, middle) < tail) low = middle;
    else high = middle;
  }
  return low;
}

/** P(X >= count). */
function upperTail(count: number, of: number, share: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= of; k += 1) {
    if (k > 0) logChoose += Math.log((of - k + 1) / k);
    const logTerm = logChoose + k * Math.log(share) + (of - k) * Math.log1p(-share);
    if (k >= count) sum += Math.exp(logTerm);
  }
  return sum;
}
