import type { ClaimVerdict, GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { ClaimRecord, SensitivityRecord } from '@holdfast/run-store';
import { boundless, nameVerdict } from './describe-comparison.js';
import { nameWeighting } from './name-evidence.js';

/** Claims of the wire as records. */
export function describeClaims({ claims }: Pick<GateResponse, 'claims'>): ClaimRecord[] {
  return claims.map(describeClaim);
}

function describeClaim(claim: ClaimVerdict): ClaimRecord {
  const stated = claim.tolerance !== undefined;
  return {
    tasks: claim.taskCount,
    together: claim.together,
    stated,
    tolerance: claim.tolerance ?? null,
    verdict: stated ? nameVerdict(claim) : null,
    accuracyChange: claim.accuracyChange,
    lowerBound: claim.lowerBound,
    upperBound: claim.upperBound ?? boundless,
    isExact: claim.isExact,
    worstTasks: claim.together ? [] : claim.worstTasks,
    weighting: nameWeighting(claim.weighting),
    moreNeeded: claim.moreNeeded ?? 0,
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
