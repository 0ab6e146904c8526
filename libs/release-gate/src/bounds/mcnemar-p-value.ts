/**
 * Exact one-sided McNemar p-value of a drop: the probability of at least b flips to wrong among
 * b + c flips, if each were as likely one way as the other.
 *
 *   p = sum_{i >= b} C(b + c, i) / 2^(b + c)
 *
 * 1 where nothing flipped. For independent examples; in groups it is too small.
 * Source: Q. McNemar, Psychometrika 12 (1947) 153-157, in its exact binomial form.
 * @throws RangeError if a count is not a whole number >= 0.
 */
export function mcnemarPValue(counts: {
  readonly negativeFlips: number;
  readonly positiveFlips: number;
}): number {
  const { negativeFlips, positiveFlips } = counts;
  if (![negativeFlips, positiveFlips].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new RangeError(`flips are whole numbers >= 0, not ${negativeFlips}, ${positiveFlips}`);
  }
  const flips = negativeFlips + positiveFlips;
  // C(N, i) / 2^N grown term by term in logarithms: 2^-N underflows beyond 1,074 flips.
  let logTerm = -flips * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let i = 0; i < positiveFlips; i += 1) {
    logTerm += Math.log((flips - i) / (i + 1));
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
