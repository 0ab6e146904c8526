import { listConstrained } from '@holdfast/evaluation';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { TermRun } from '../term.js';

/**
 * Moves the multipliers of the `measured` drive by the accuracies that steering data show. One group says nothing of its own
 * error, so that a task with no more keeps its multiplier.
 */
export async function followMeasurement(
  { runId, tasks, clients }: TermRun,
  step: number,
  comparison: CompareResponse,
): Promise<void> {
  const found = new Map(comparison.tasks.map((task) => [task.task, task]));
  await clients.constraint.updateMultipliers({
    runId,
    step,
    changes: listConstrained(tasks.protectedTasks).flatMap(({ name }, task) => {
      const { groupCount = 0, accuracyChange = 0, standardError = 0 } = found.get(name) ?? {};
      return groupCount < 2 ? [] : [{ task, accuracyChange, standardError }];
    }),
  });
}
