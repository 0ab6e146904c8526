import { exchangeModels } from '@holdfast/metrics';
import { groupStandardError } from '../bounds/group-standard-error.js';
import { collectStrata } from '../bounds/group-strata.js';
import { mcnemarPValue } from '../bounds/mcnemar-p-value.js';
import type { BoundMethod, ChangeEvidence } from './change-evidence.js';
import { turnBounds, type WeighedTask } from './weigh-task.js';

/** The change of one task's accuracy with its uncertainty. Shares, not points. */
export interface ChangeEstimate {
  /** One-sided lower bound of Delta at the level asked for. */
  readonly lowerBound: number;
  /** One-sided upper bound of Delta. */
  readonly upperBound: number;
  /** Standard error of Delta, by groups. */
  readonly standardError: number;
  /** Exact one-sided McNemar p-value of a drop, or of a ceiling's growth; informational. */
  readonly mcnemarPValue: number;
  /** The drop, or growth, just distinguishable from no change at the observed discordance. */
  readonly smallestDetectableDrop: number;
  readonly method: BoundMethod;
}

/** The figures of one task at a level, from evidence already weighed. */
export function summarizeChange(
  task: WeighedTask,
  evidence: ChangeEvidence,
  level: number,
): ChangeEstimate {
  const { comparison, ceiling } = task;
  return {
    ...turnBounds(evidence, level, task),
    standardError: groupStandardError(collectStrata(comparison)),
    mcnemarPValue: mcnemarPValue(ceiling ? exchangeModels(comparison) : comparison),
    smallestDetectableDrop: evidence.smallestDetectableDrop(level),
    method: evidence.method,
  };
}
