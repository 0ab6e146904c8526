/** How sure one may be that a task, or several in the mean, lost no more than a drop. */
export interface ConfidencePoint {
  /** In [0, 1]. */
  readonly drop: number;
  /** 1 - p-value of the hypothesis that more was lost. */
  readonly confidence: number;
}

/** Drops at which the confidence is told. */
const drops = [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];

/**
 * The curve of confidence: at each of some drops, the largest 1 - level at which the lower bound is still
 * no worse than that drop.
 *
 * Each point holds by itself, for a drop chosen beforehand; the whole curve is for reading.
 */
export function drawConfidenceCurve(excessPValue: (drop: number) => number): ConfidencePoint[] {
  let confidence = 0;
  return drops.map((drop) => {
    // Tango's p-value can fall back by its rounding.
    confidence = Math.max(confidence, 1 - excessPValue(drop));
    return { drop, confidence };
  });
}
