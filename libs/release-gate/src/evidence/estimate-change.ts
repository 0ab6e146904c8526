import type { PairedComparison } from '@holdfast/metrics';
import { type ChangeEstimate, summarizeChange } from './summarize-change.js';
import { weighChange } from './weigh-change.js';

/** The level of the bounds, and the seed of what is drawn where exact sums would take too long. */
export interface EstimateSettings {
  /** In (0, 0.5). */
  readonly level: number;
  /** An integer in [0, 2^32). */
  readonly seed: number;
}

/**
 * Estimates how far the accuracy of a task changed.
 *
 * The same comparison, level and seed give the same numbers, in whatever order the groups come.
 * @throws RangeError if the level is not in (0, 0.5).
 */
export function estimateChange(
  comparison: PairedComparison,
  { level, seed }: EstimateSettings,
): ChangeEstimate {
  return summarizeChange(comparison, weighChange(comparison, seed), level);
}
