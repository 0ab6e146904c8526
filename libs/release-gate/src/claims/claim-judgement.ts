import type { ConfidencePoint } from '../evidence/confidence-curve.js';
import type { Verdict } from '../task/task-judgement.js';
import type { Weighting } from './task-weighting.js';

/** A claim stated before the data were seen: no so many tasks lost more, in the mean. */
export interface Claim {
  /** r: tasks in the mean, from 2 to all protected ones. */
  readonly taskCount: number;
  /** Largest tolerated mean drop in accuracy, in [0, 1]. */
  readonly tolerance: number;
}

/**
 * What the data say of the mean change of any so many tasks, both where every image counts alike and
 * where every task does: each figure is that of the worse of the two.
 */
export interface ClaimJudgement {
  /** r. */
  readonly taskCount: number;
  /** All protected tasks. */
  readonly taskTotal: number;
  /** Of a claim that was stated; undefined: for information, decides nothing. */
  readonly tolerance: number | undefined;
  /** Of a claim that was stated. */
  readonly verdict: Verdict | undefined;
  /** The lowest mean change of any r tasks in the data. */
  readonly accuracyChange: number;
  /** One-sided lower bound of the mean change of every r tasks. */
  readonly lowerBound: number;
  /** Upper bound of the mean change of the r tasks that lost most in the data, corrected for their choice. */
  readonly upperBound: number;
  /** Those tasks, and their mean change in the data. */
  readonly lostMost: { readonly tasks: readonly string[]; readonly accuracyChange: number };
  /** True if the lower bound is that of r tasks; false where there are too many sets or labels are missing, and it may lie below. */
  readonly isExact: boolean;
  /** Lower bound of the worst tasks found: equal to `lowerBound` where that is exact. */
  readonly worstTasksBound: number;
  /** Those tasks; one where that alone bounds the mean. */
  readonly worstTasks: readonly string[];
  /** What the mean counts alike that has the lower bound. */
  readonly weighting: Weighting;
  /** UNDECIDED: more groups like those of the worst tasks, in all, that would decide; 0: none would. Else 0. */
  readonly moreNeeded: number;
  /** Of all tasks together; empty for fewer. */
  readonly confidence: readonly ConfidencePoint[];
  /** In words: what it excludes, what it does not. */
  readonly reason: string;
}
