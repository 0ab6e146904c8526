/** A candidate as measured on steering data. */
export interface Candidate {
  /** Delta Acc of the target. */
  readonly targetChange: number;
  /** Delta Acc of every protected task. */
  readonly accuracyChanges: readonly number[];
  /** alpha of w_old + alpha (w - w_old), in (0, 1]. */
  readonly alpha: number;
}

/** A candidate in its place. */
export interface RankedCandidate<T extends Candidate> {
  readonly candidate: T;
  /** min over protected tasks of Delta Acc. */
  readonly devSafetyAccuracy: number;
  /** Whether every protected task changed by at least the margin. */
  readonly feasible: boolean;
}

/**
 * Orders candidates for the gate, best first.
 *
 * Feasible ones (every protected task's change >= `margin`) come first: by larger target gain, then
 * larger DevSafety, then smaller alpha. Infeasible ones follow: by larger DevSafety, then larger
 * target gain, then smaller alpha. Whatever is still equal keeps its order.
 *
 * @throws RangeError if a candidate has no protected task or a number that is not finite.
 */
export function rankCandidates<T extends Candidate>(
  candidates: readonly T[],
  { margin }: { readonly margin: number },
): RankedCandidate<T>[] {
  const measured = candidates.map((candidate, index) => {
    checkCandidate(candidate, index);
    const devSafetyAccuracy = Math.min(...candidate.accuracyChanges);
    return { candidate, devSafetyAccuracy, feasible: devSafetyAccuracy >= margin };
  });
  return measured.sort((a, b) => {
    if (a.feasible !== b.feasible) return a.feasible ? -1 : 1;
    const gain = b.candidate.targetChange - a.candidate.targetChange;
    const safety = b.devSafetyAccuracy - a.devSafetyAccuracy;
    const alpha = a.candidate.alpha - b.candidate.alpha;
    return a.feasible ? gain || safety || alpha : safety || gain || alpha;
  });
}

function checkCandidate(candidate: Candidate, index: number): void {
  const { accuracyChanges, targetChange, alpha } = candidate;
  if (accuracyChanges.length === 0) {
    throw new RangeError(`candidate ${index} was measured on no protected task`);
  }
  if (![targetChange, alpha, ...accuracyChanges].every(Number.isFinite)) {
    throw new RangeError(`candidate ${index} has a number that is not finite`);
  }
}
