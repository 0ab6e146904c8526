import type { TaskComparison, TaskVerdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

/** A task, old against new, as verdict files and `--json` have it. */
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

/** A protected task with its verdict. */
export interface VerdictRecord extends ComparisonRecord {
  readonly verdict: string;
  readonly tolerance: number;
  readonly reason: string;
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

/** A verdict of the wire as a word. */
export function nameVerdict(verdict: Verdict): string {
  if (verdict === Verdict.VERDICT_RETAINED) return 'RETAINED';
  return verdict === Verdict.VERDICT_REGRESSED ? 'REGRESSED' : 'UNDECIDED';
}

/** A task's verdict of the wire as a record, with the statistics behind it. */
export function describeTaskVerdict({ comparison, verdict, ...rest }: TaskVerdict) {
  return {
    ...describeComparison(comparison!),
    verdict: nameVerdict(verdict),
    tolerance: comparison!.tolerance,
    pValue: rest.pValue,
    holmPValue: rest.holmPValue,
    simultaneousBounds: [rest.simultaneousLowerBound, rest.simultaneousUpperBound],
    moreNeeded: rest.moreNeeded,
    reason: rest.reason,
  };
}
