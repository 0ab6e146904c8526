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
  const { groups: _, missing: __, ...counts } = comparison;
  const method = methods[estimate.method];
  return {
    ...counts,
    ...estimate,
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

/** Both DevSafeties of the protected tasks; 0 where there is none. */
export function summarizeSafety(tasks: readonly ComparedTask[]) {
  const protectedTasks = tasks.filter((task) => !task.target);
  if (protectedTasks.length === 0) return { devSafetyAccuracy: 0, devSafetyLoss: 0 };
  return {
    devSafetyAccuracy: devSafetyAccuracy(protectedTasks.map((t) => t.comparison.accuracyChange)),
    devSafetyLoss: devSafetyLoss(protectedTasks.map((t) => t.lossChange)),
  };
}
