import { type Dataset, samplesWithRole } from '@holdfast/dataset';
import { createRowFinder, listFloors, type ProtectedTask } from './protected-task.js';
import type { RunTasks } from './tasks.js';

/**
 * Training images of a task below which they are few: on the bench of docs/evidence.md classes with 100 were lost, and in one space with
 * the target those with 180 and more were not.
 */
export const fewImages = 200;

/** Protected tasks of another label space than the target's that have few images to train on, or none. */
export function listScarceTasks({
  dataset,
  tasks,
}: {
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
}): ProtectedTask[] {
  const rowsOf = createRowFinder(samplesWithRole(dataset, 'protected'));
  return listFloors(tasks.protectedTasks).filter(
    (task) =>
      !tasks.targetIndices.some((index) => task.among.includes(index)) &&
      (!task.constrained || rowsOf(task).length < fewImages),
  );
}
