import { devSafetyAccuracy, devSafetyLoss } from '@holdfast/metrics';
import type { TaskComparison } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type ChangeEstimate, estimateChange } from '@holdfast/release-gate';
import type { ComparedTask } from './parse-tasks.js';

/** What random subsets are drawn from where exact sums would take too long: the same every time. */
export const seed = 0;

/** A task's comparison as a message. */
export function toTaskComparison(task: ComparedTask, estimate: ChangeEstimate): TaskComparison {
  const { comparison, tolerance, lossChange } = task;
  const { groups: _, missing: __, ...counts } = comparison;
  return { task: task.task, target: task.target, ...counts, ...estimate, lossChange, tolerance };
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
