import type { PairedComparison } from '@holdfast/metrics';
import { groupStandardError } from '../bounds/group-standard-error.js';
import { collectStrata } from '../bounds/group-strata.js';
import { mcnemarPValue } from '../bounds/mcnemar-p-value.js';
import type { BoundMethod, ChangeEvidence } from './change-evidence.js';

/** The change of one task's accuracy with its uncertainty. Shares, not points. */
export interface ChangeEstimate {
  /** One-sided lower bound of Delta at the level asked for. */
  readonly lowerBound: number;
  /** One-sided upper bound of Delta. */
  readonly upperBound: number;
  /** Standard error of Delta, by groups. */
  readonly standardError: number;
  /** Exact one-sided McNemar p-value of a drop; informational. */
  readonly mcnemarPValue: number;
  /** The drop just distinguishable from no change at the observed discordance. */
  readonly smallestDetectableDrop: number;
  readonly method: BoundMethod;
}

/** The figures of one task at a level, from evidence already weighed. */
export function summarizeChange(
  comparison: PairedComparison,
  evidence: ChangeEvidence,
  level: number,
): ChangeEstimate {
  return {
    lowerBound: evidence.lowerBound(level),
    upperBound: evidence.upperBound(level),
    standardError: groupStandardError(collectStrata(comparison)),
    mcnemarPValue: mcnemarPValue(comparison),
    smallestDetectableDrop: evidence.smallestDetectableDrop(level),
    method: evidence.method,
  };
}
