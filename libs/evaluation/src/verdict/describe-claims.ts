import {
  type ClaimVerdict,
  type GateResponse,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { ClaimRecord, SensitivityRecord } from '@holdfast/run-store';
import { nameVerdict } from './describe-comparison.js';
import { nameWeighting } from './name-evidence.js';

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
    weighting: nameWeighting(claim.weighting),
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
