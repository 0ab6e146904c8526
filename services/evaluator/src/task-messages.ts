import { devSafetyAccuracy, devSafetyLoss } from '@holdfast/metrics';
import { BoundMethod, type TaskComparison } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type ChangeEstimate, estimateChange } from '@holdfast/release-gate';
import type { ComparedTask } from './parse-tasks.js';

/** What random subsets are drawn from where exact sums would take too long: the same every time. */
export const seed = 0;

const methods = {
  tango: BoundMethod.BOUND_METHOD_TANGO,
  'gaffke+sign-flip': BoundMethod.BOUND_METHOD_GAFFKE_SIGN_FLIP,
  'zero-flip': BoundMethod.BOUND_METHOD_ZERO_FLIP,
} as const;

/** A task's comparison as a message. */
export function toTaskComparison(task: ComparedTask, estimate: ChangeEstimate): TaskComparison {
  const { comparison, tolerance, lossChange } = task;
  const { groups: _, missing, ...counts } = comparison;
  const method = methods[estimate.method];
  return {
    ...counts,
    ...estimate,
    upperBound: missing ? undefined : estimate.upperBound,
    task: task.task,
    target: task.target,
    lossChange,
    tolerance,
    method,
  };
}

/** Estimates a task's change and says it as a message. */
export function compareTask(task: ComparedTask, level: number): TaskComparison {
  return toTaskComparison(task, estimateChange(task.comparison, { level, seed }));
}

/** DevSafety(acc) of the protected tasks, of which there must be one. */
export function summarizeAccuracy(protectedTasks: readonly ComparedTask[]): number {
  return devSafetyAccuracy(protectedTasks.map((task) => task.comparison.accuracyChange));
}

/** DevSafety(loss) of the protected tasks; undefined where no change of loss is known. */
export function summarizeLoss(protectedTasks: readonly ComparedTask[]): number | undefined {
  const changes = protectedTasks.flatMap(({ lossChange = [] }) => lossChange);
  return changes.length === 0 ? undefined : devSafetyLoss(changes);
}
