import type { PairedComparison } from '@holdfast/metrics';
import type { ConfidencePoint } from '../evidence/confidence-curve.js';
import type { ChangeEstimate } from '../evidence/summarize-change.js';

/** What the evidence says. */
export type Verdict = 'RETAINED' | 'REGRESSED' | 'UNDECIDED';

/** How a verdict follows: from bounds and tolerances, or from point estimates alone (the paper's). */
export type Policy = 'evidence' | 'strict';

/** A protected task to judge. */
export interface GateTask {
  /** The task's name, as it appears in sentences. */
  readonly task: string;
  readonly comparison: PairedComparison;
  /** Largest tolerated drop in accuracy, in [0, 1]; of a ceiling, largest tolerated growth. */
  readonly tolerance: number;
  /** A capability that must not grow, instead of one that must not be lost. */
  readonly ceiling?: boolean | undefined;
}

/** The judgement of one protected task. */
export interface TaskJudgement extends GateTask {
  readonly estimate: ChangeEstimate;
  readonly verdict: Verdict;
  /** One-sided p-value of Delta >= -tolerance; of a ceiling, of Delta <= tolerance. */
  readonly pValue: number;
  /** The same after Holm's correction over the protected tasks. */
  readonly holmPValue: number;
  /** Lower end of the simultaneous interval: the bound at level / tasks (Bonferroni). */
  readonly simultaneousLowerBound: number;
  /** Upper end of the simultaneous interval. */
  readonly simultaneousUpperBound: number;
  /** UNDECIDED: more examples or groups that would decide; 0: none would. Else 0. */
  readonly moreNeeded: number;
  /** How sure one may be that no more than a drop was lost, or that a ceiling grew by no more. */
  readonly confidence: readonly ConfidencePoint[];
  /** The verdict in one sentence. */
  readonly reason: string;
}
