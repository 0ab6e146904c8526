import {
  type ClaimVerdict,
  type GateResponse,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type ConfidenceRecord, nameVerdict, type VerdictName } from './describe-comparison.js';

/** What the gate says of the mean of several tasks, as verdict files and JSON have it. */
export interface ClaimRecord {
  /** Tasks in the mean. */
  readonly tasks: number;
  readonly together: boolean;
  /** False: for information, decides nothing; tolerance and verdict are then null. */
  readonly stated: boolean;
  readonly tolerance: number | null;
  readonly verdict: VerdictName | null;
  readonly accuracyChange: number;
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly isExact: boolean;
  readonly worstTasks: readonly string[];
  readonly weighting: string;
  readonly moreNeeded: number;
  readonly reason: string;
  readonly confidence: readonly ConfidenceRecord[];
}

/** The lowest of the tasks' bounds if no task has more than `rateRatio` times its share of large losses. */
export interface SensitivityRecord {
  readonly rateRatio: number;
  readonly lowerBound: number;
}

/** Claims of the wire as records. */
export function describeClaims({ claims }: Pick<GateResponse, 'claims'>): ClaimRecord[] {
  return claims.map(describeClaim);
}

function describeClaim(claim: ClaimVerdict): ClaimRecord {
  const stated = claim.verdict !== Verdict.VERDICT_UNSPECIFIED;
  return {
    tasks: claim.taskCount,
    together: claim.together,
    stated,
    tolerance: stated ? claim.tolerance : null,
    verdict: stated ? nameVerdict(claim) : null,
    accuracyChange: claim.accuracyChange,
    lowerBound: claim.lowerBound,
    upperBound: claim.upperBound,
    isExact: claim.isExact,
    worstTasks: claim.together ? [] : claim.worstTasks,
    weighting: claim.weighting,
    moreNeeded: claim.moreNeeded,
    reason: claim.reason,
    confidence: claim.confidence,
  };
}

/** The assumptions of the wire and what would follow from them: no verdict rests on it. */
export function describeSensitivity({
  sensitivity,
}: Pick<GateResponse, 'sensitivity'>): SensitivityRecord[] {
  return sensitivity.map(({ rateRatio, lowerBound }) => ({ rateRatio, lowerBound }));
}
