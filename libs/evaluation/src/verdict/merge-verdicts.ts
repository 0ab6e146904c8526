import { type GateResponse, Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

/** A further claim that a release needs: its verdict, and why. */
export interface FurtherClaim {
  readonly verdict: Verdict;
  /** A sentence that may follow "Not released: ". */
  readonly reason: string;
}

const severity: readonly Verdict[] = [
  Verdict.VERDICT_RETAINED,
  Verdict.VERDICT_UNDECIDED,
  Verdict.VERDICT_REGRESSED,
];

/**
 * The gate's answer with further claims that a release needs: the worst verdict of all, with its reason.
 * Each is made at the whole level: that all hold is false as soon as one is, and that one passes with
 * probability level at the most (intersection-union test).
 */
export function mergeVerdicts(gate: GateResponse, claims: readonly FurtherClaim[]): GateResponse {
  const rank = ({ verdict }: FurtherClaim) => severity.indexOf(verdict);
  const worst = claims.reduce<FurtherClaim>((a, b) => (rank(b) > rank(a) ? b : a), gate);
  if (worst === gate) return gate;
  const opening =
    worst.verdict === Verdict.VERDICT_REGRESSED
      ? 'Not released'
      : 'Not released, for want of evidence';
  return { ...gate, verdict: worst.verdict, reason: `${opening}: ${worst.reason}` };
}
