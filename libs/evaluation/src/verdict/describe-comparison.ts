import {
  type TaskComparison,
  type TaskVerdict,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

/** A verdict of the gate, in a word. */
export type VerdictName = 'RETAINED' | 'REGRESSED' | 'UNDECIDED';

/** A task, old against new, as verdict files and JSON have it. */
export interface ComparisonRecord {
  readonly task: string;
  readonly examples: number;
  readonly groups: number;
  readonly referenceAccuracy: number;
  readonly candidateAccuracy: number;
  readonly accuracyChange: number;
  readonly negativeFlips: number;
  readonly positiveFlips: number;
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly lossChange: number;
  readonly method: string;
}

/** A protected task with its verdict and the statistics behind it. */
export interface VerdictRecord extends ComparisonRecord {
  readonly verdict: VerdictName;
  readonly tolerance: number;
  readonly pValue: number;
  readonly holmPValue: number;
  readonly simultaneousBounds: readonly [lower: number, upper: number];
  readonly moreNeeded: number;
  readonly reason: string;
  /** How sure one may be that no more than each drop was lost. */
  readonly confidence: readonly ConfidenceRecord[];
}

/** A point of a curve of confidence. */
export interface ConfidenceRecord {
  readonly drop: number;
  readonly confidence: number;
}

/** A verdict of the wire as a word. */
export function nameVerdict({ verdict }: { readonly verdict: Verdict }): VerdictName {
  if (verdict === Verdict.VERDICT_RETAINED) return 'RETAINED';
  return verdict === Verdict.VERDICT_REGRESSED ? 'REGRESSED' : 'UNDECIDED';
}

/** A comparison of the wire as a record. */
export function describeComparison(comparison: TaskComparison): ComparisonRecord {
  const { exampleCount: examples, groupCount: groups, ...rest } = comparison;
  const { task, referenceAccuracy, candidateAccuracy, accuracyChange } = rest;
  const { negativeFlips, positiveFlips, lowerBound, upperBound, lossChange, method } = rest;
  return {
    ...{ task, examples, groups, referenceAccuracy, candidateAccuracy, accuracyChange },
    ...{ negativeFlips, positiveFlips, lowerBound, upperBound, lossChange, method },
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
    simultaneousBounds: [task.simultaneousLowerBound, task.simultaneousUpperBound],
    moreNeeded: task.moreNeeded,
    reason: task.reason,
    confidence: task.confidence,
  };
}
