import { samplesWithRole } from '@holdfast/dataset';
import type { PlanDraft } from '@holdfast/plan';
import type { PlanData } from '../data/read-plan-data.js';
import { createRowFinder, listFloors } from '../tasks/protected-task.js';

/** Images of a task to train on, below which they are few. */
const fewImages = 50;

/**
 * Says which tasks of another label space than the target's have few images to train on, or none, where nothing unlabelled
 * is distilled on: such tasks were lost on the bench of docs/evidence.md, and distilling on unlabelled images held them.
 */
export function noteScarceTasks(
  { distillation }: Pick<PlanDraft, 'distillation'>,
  { dataset, tasks }: Pick<PlanData, 'dataset' | 'tasks'>,
): string[] {
  if (distillation?.unlabelled !== undefined) return [];
  const rowsOf = createRowFinder(samplesWithRole(dataset, 'protected'));
  const scarce = listFloors(tasks.protectedTasks).filter(
    (task) =>
      !tasks.targetIndices.some((index) => task.among.includes(index)) &&
      (!task.constrained || rowsOf(task).length < fewImages),
  );
  const [first] = scarce;
  if (first === undefined) return [];
  const named =
    scarce.length === 1
      ? `"${first.name}" has`
      : `"${first.name}" and ${scarce.length - 1} more have`;
  return [
    `${named} fewer than ${fewImages} images to train on, in another label space than the target's: such tasks are easily lost, and unlabelled images like theirs can hold them (distillation.unlabelled, docs/data.md)`,
  ];
}
