import type { PairedComparison } from '@holdfast/metrics';
import { type ChangeEstimate, summarizeChange } from './summarize-change.js';
import { weighTask } from './weigh-task.js';

/** The level of the bounds, and the seed of what is drawn where exact sums would take too long. */
export interface EstimateSettings {
  /** In (0, 0.5). */
  readonly level: number;
  /** An integer in [0, 2^32). */
  readonly seed: number;
  /** The accuracy must not grow: both models are exchanged, and the bounds turned back. */
  readonly ceiling?: boolean | undefined;
}

/**
 * Estimates how far the accuracy of a task changed.
 *
 * The same comparison, level and seed give the same numbers, in whatever order the groups come.
 * @throws RangeError if the level is not in (0, 0.5).
 */
export function estimateChange(
  comparison: PairedComparison,
  { level, seed, ceiling }: EstimateSettings,
): ChangeEstimate {
  const task = { comparison, ceiling };
  return summarizeChange(task, weighTask(task, seed), level);
}
