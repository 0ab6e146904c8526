import { normalUpperQuantile } from './normal-distribution.js';

/** Paired outcomes of independent examples; not necessarily whole numbers. */
export interface FlipCounts {
  /** n. */
  readonly examples: number;
  /** b: right before, wrong now. */
  readonly negativeFlips: number;
  /** c: wrong before, right now. */
  readonly positiveFlips: number;
}

/**
 * Tango's score statistic of the hypothesis Delta = delta, standard normal under it.
 *
 *   z(delta) = (c - b - n delta) / sqrt(n (p_b + p_c - delta^2))
 *
 * p_b and p_c = p_b + delta maximise the likelihood under the hypothesis: with e = |delta| and f the
 * flips in delta's direction, g those against it, p_g is the root >= 0 of
 *
 *   2n p^2 + (e (2n + g - f) - (b + c)) p - g e (1 - e) = 0,   p_f = p_g + e
 *
 * Positive z: the change is larger than delta. Infinite where the hypothesis cannot have given the
 * data.
 * Source: T. Tango, Equivalence test and confidence interval for the difference in proportions for
 * the paired-sample design, Statistics in Medicine 17 (1998) 891-908.
 */
export function tangoScore(counts: FlipCounts, delta: number): number {
  const { examples: n, negativeFlips: b, positiveFlips: c } = counts;
  const size = Math.abs(delta);
  const [along, against] = delta < 0 ? [b, c] : [c, b];
  const linear = size * (2 * n + against - along) - (b + c);
  const constant = against * size * (1 - size);
  const root = Math.sqrt(linear * linear + 8 * n * constant);
  // Of the two forms of the root, the one that does not subtract nearly equal numbers.
  const rare = linear > 0 ? (2 * constant) / (linear + root) : (root - linear) / (4 * n);
  const variance = n * (2 * rare + size - size * size);
  const excess = c - b - n * delta;
  if (excess === 0) return 0;
  return variance > 0 ? excess / Math.sqrt(variance) : excess * Number.POSITIVE_INFINITY;
}

/**
 * The one-sided lower bound of Delta at `level`: the lower limit of Tango's two-sided 1 - 2 level
 * interval, where z(delta) = z_level.
 *
 * Without flips it is -z^2 / (n + z^2).
 * @throws RangeError if `level` is not in (0, 0.5).
 */
export function tangoLowerBound(counts: FlipCounts, level: number): number {
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  const critical = normalUpperQuantile(level);
  let low = -1;
  let high = (counts.positiveFlips - counts.negativeFlips) / counts.examples;
  if (high <= -1) return -1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return low;
    if (tangoScore(counts, middle) >= critical) low = middle;
    else high = middle;
  }
}

/** The one-sided upper bound: the lower bound with the two kinds of flips exchanged, negated. */
export function tangoUpperBound(counts: FlipCounts, level: number): number {
  const mirrored = {
    examples: counts.examples,
    negativeFlips: counts.positiveFlips,
    positiveFlips: counts.negativeFlips,
  };
  return -tangoLowerBound(mirrored, level);
}
