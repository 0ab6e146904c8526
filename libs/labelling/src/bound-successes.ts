/** A random sample without replacement, in which some have a property. */
export interface CheckedSample {
  /** M: all that the sample was drawn from. */
  readonly population: number;
  /** s: drawn. */
  readonly drawn: number;
  /** x: drawn, and found to have it. */
  readonly successes: number;
}

/**
 * How many of the population have the property, at least: the one-sided lower confidence bound
 *
 *   K_low = min { K : P(X >= x) > level },   X ~ Hypergeometric(M, K, s)
 *
 * By the definition P(K < K_low) <= level whatever K is. Exact but for the rounding of logarithms (1e-9).
 *
 * @throws RangeError if the counts do not fit one another, or the level is not in (0, 1).
 */
export function boundSuccesses(sample: CheckedSample, level: number): number {
  const { population, drawn, successes } = sample;
  const fits = successes >= 0 && successes <= drawn && drawn <= population;
  if (!fits || ![population, drawn, successes].every(Number.isInteger)) {
    throw new RangeError(`${successes} of ${drawn} drawn from ${population} cannot be`);
  }
  if (!(level > 0 && level < 1)) throw new RangeError(`level must be in (0, 1), not ${level}`);
  if (successes === 0) return 0;
  const tail = createUpperTail(sample);
  // The tail grows with K. Below `low` it is at most the level, at `high` above it: there it is 1.
  let [low, high] = [successes, population - (drawn - successes)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (tail(middle) > level) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** P(X >= x) as a function of K. */
function createUpperTail({ population, drawn, successes }: CheckedSample) {
  const logFactorials = new Float64Array(population + 1);
  for (let i = 1; i <= population; i += 1) logFactorials[i] = logFactorials[i - 1]! + Math.log(i);
  const logChoose = (n: number, k: number) =>
    logFactorials[n]! - logFactorials[k]! - logFactorials[n - k]!;
  const logAll = logChoose(population, drawn);
  return (marked: number): number => {
    const rest = population - marked;
    let sum = 0;
    for (let hits = Math.max(successes, drawn - rest); hits <= Math.min(drawn, marked); hits += 1) {
      sum += Math.exp(logChoose(marked, hits) + logChoose(rest, drawn - hits) - logAll);
    }
    return sum;
  };
}
