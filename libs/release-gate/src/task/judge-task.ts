import type { ChangeEvidence } from '../evidence/change-evidence.js';
import type { ChangeEstimate } from '../evidence/summarize-change.js';
import { asLoss } from './as-loss.js';
import { countMoreNeeded } from './count-more-needed.js';
import type { GateTask, Policy, Verdict } from './task-judgement.js';

/** A task's verdict and what would change it. */
export interface TaskRuling {
  readonly verdict: Verdict;
  /** UNDECIDED: more examples or groups that would decide; 0: none would. Else 0. */
  readonly moreNeeded: number;
}

/**
 * The verdict on one task.
 *
 *   evidence:  RETAINED   lower bound >= -tolerance
 *              REGRESSED  upper bound <  -tolerance
 *              UNDECIDED  else
 *   strict:    RETAINED   Delta >= 0, else REGRESSED (where labels are missing: UNDECIDED)
 *
 * A ceiling is judged with both models exchanged: RETAINED where its upper bound <= tolerance, REGRESSED where
 * its lower bound > tolerance.
 *
 * Source: docs/algorithm/metrics-and-gate.md.
 */
export function judgeTask(
  task: GateTask,
  { evidence, estimate }: { readonly evidence: ChangeEvidence; readonly estimate: ChangeEstimate },
  { level, policy }: { readonly level: number; readonly policy: Policy },
): TaskRuling {
  const { comparison, tolerance } = task;
  const { change, lowerBound, upperBound } = asLoss({ ...task, estimate });
  if (policy === 'strict') {
    const worse = comparison.missing ? 'UNDECIDED' : 'REGRESSED';
    return { verdict: change >= 0 ? 'RETAINED' : worse, moreNeeded: 0 };
  }
  if (lowerBound >= -tolerance) return { verdict: 'RETAINED', moreNeeded: 0 };
  if (upperBound < -tolerance) return { verdict: 'REGRESSED', moreNeeded: 0 };
  const moreNeeded = countMoreNeeded(
    evidence,
    { tolerance, level },
    { units: comparison.groupCount, change },
  );
  return { verdict: 'UNDECIDED', moreNeeded };
}
