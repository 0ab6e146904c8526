import {
  type TaskComparison,
  type TaskVerdict,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { ComparisonRecord, VerdictName, VerdictRecord } from '@holdfast/run-store';
import { nameMethod } from './name-evidence.js';

/** A verdict of the wire as a word. */
export function nameVerdict({ verdict }: { readonly verdict: Verdict }): VerdictName {
  if (verdict === Verdict.VERDICT_RETAINED) return 'RETAINED';
  return verdict === Verdict.VERDICT_REGRESSED ? 'REGRESSED' : 'UNDECIDED';
}

/** An upper bound that is not known, as records have it: no change is larger. */
export const boundless = 1;

/** A comparison of the wire as a record. */
export function describeComparison(comparison: TaskComparison): ComparisonRecord {
  const { exampleCount: examples, groupCount: groups, ...rest } = comparison;
  const { task, referenceAccuracy, candidateAccuracy, accuracyChange } = rest;
  const { negativeFlips, positiveFlips, lowerBound, method } = rest;
  const { upperBound = boundless, lossChange = null } = rest;
  return {
    task,
    examples,
    groups,
    referenceAccuracy,
    candidateAccuracy,
    accuracyChange,
    negativeFlips,
    positiveFlips,
    lowerBound,
    upperBound,
    lossChange,
    method: nameMethod(method),
    ...(comparison.ceiling && { ceiling: true }),
  };
}

/** A task's verdict of the wire as a record. */
export function describeTaskVerdict(task: TaskVerdict): VerdictRecord {
  const comparison = task.comparison!;
  return {
    ...describeComparison(comparison),
    verdict: nameVerdict(task),
    tolerance: comparison.tolerance,
    pValue: task.pValue,
    holmPValue: task.holmPValue,
    simultaneousBounds: [task.simultaneousLowerBound, task.simultaneousUpperBound ?? boundless],
    moreNeeded: task.moreNeeded ?? 0,
    reason: task.reason,
    confidence: task.confidence,
  };
}
