/**
 * How the bounds were found: `tango` where examples are independent, `gaffke+sign-flip` (lower and
 * upper bound) where they come in groups, `zero-flip` where no example flipped, or in no group more
 * one way than the other.
 */
export type BoundMethod = 'tango' | 'gaffke+sign-flip' | 'zero-flip';

/** A drop and how sure one must be that there is none as large. */
export interface DropQuestion {
  /** Largest drop that is allowed, in [0, 1]. */
  readonly tolerance: number;
  /** Chance of being wrong, in (0, 0.5). */
  readonly level: number;
}

/** What the examples of one task say about the change Delta of its accuracy. */
export interface ChangeEvidence {
  readonly method: BoundMethod;
  /** One-sided lower bound of Delta. */
  lowerBound(level: number): number;
  /** One-sided upper bound of Delta. */
  upperBound(level: number): number;
  /** p-value of the hypothesis that Delta >= -tolerance; small: a larger drop is shown. */
  dropPValue(tolerance: number): number;
  /** p-value of the hypothesis that Delta <= -drop; small: a drop as large is ruled out. */
  excessPValue(drop: number): number;
  /** Whether data like these, `scale` times as many, would put the lower bound at -tolerance or above. */
  wouldRetain(question: DropQuestion, scale: number): boolean;
  /** The drop just distinguishable from no change at the observed discordance. */
  smallestDetectableDrop(level: number): number;
}
