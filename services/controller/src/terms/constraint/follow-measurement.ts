import { listConstrained } from '@holdfast/evaluation';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { TermRun } from '../term.js';

/** Moves the multipliers of the `measured` drive by the accuracies that steering data show. */
export async function followMeasurement(
  { runId, tasks, clients }: TermRun,
  step: number,
  comparison: CompareResponse,
): Promise<void> {
  const found = new Map(comparison.tasks.map((task) => [task.task, task]));
  await clients.constraint.updateMultipliers({
    runId,
    step,
    changes: listConstrained(tasks.protectedTasks).map(({ name }, task) => ({
      task,
      accuracyChange: found.get(name)?.accuracyChange ?? 0,
      standardError: found.get(name)?.standardError ?? 0,
    })),
  });
}
