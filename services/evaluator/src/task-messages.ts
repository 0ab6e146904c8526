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
    ceiling: task.ceiling || undefined,
  };
}

/** Estimates a task's change and says it as a message. */
export function compareTask(task: ComparedTask, level: number): TaskComparison {
  const { comparison, ceiling } = task;
  return toTaskComparison(task, estimateChange(comparison, { level, seed, ceiling }));
}

/** The protected tasks that DevSafety and claims are about: those that must not be lost. */
export function listFloors(tasks: readonly ComparedTask[]): ComparedTask[] {
  return tasks.filter(({ target, ceiling }) => !target && !ceiling);
}

/** DevSafety(acc) of the tasks that must not be lost, of which there must be one. */
export function summarizeAccuracy(floors: readonly ComparedTask[]): number {
  return devSafetyAccuracy(floors.map((task) => task.comparison.accuracyChange));
}

/** DevSafety(loss) of the tasks that must not be lost; undefined where no change of loss is known. */
export function summarizeLoss(floors: readonly ComparedTask[]): number | undefined {
  const changes = floors.flatMap(({ lossChange = [] }) => lossChange);
  return changes.length === 0 ? undefined : devSafetyLoss(changes);
}
