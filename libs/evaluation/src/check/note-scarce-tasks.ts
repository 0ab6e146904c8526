import type { PlanDraft } from '@holdfast/plan';
import type { PlanData } from '../data/read-plan-data.js';
import { fewImages, listScarceTasks } from '../tasks/list-scarce-tasks.js';

/**
 * Says which tasks of another label space than the target's have few images to train on, or none, and what holds them: such tasks were lost
 * on the bench of docs/evidence.md, and distilling on images without labels held them.
 */
export function noteScarceTasks(
  { distillation, objective }: Pick<PlanDraft, 'distillation' | 'objective'>,
  data: Pick<PlanData, 'dataset' | 'tasks'>,
): string[] {
  const scarce = listScarceTasks(data);
  const [first] = scarce;
  if (first === undefined) return [];
  const named =
    scarce.length === 1
      ? `"${first.name}" has`
      : `"${first.name}" and ${scarce.length - 1} more have`;
  const found = `${named} fewer than ${fewImages} images to train on, in another label space than the target's`;
  if (distillation?.unlabelled === undefined || distillation.weight === 0) {
    return [
      `${found}: such tasks are easily lost, and distilling the old model's answers can hold them (distillation.unlabelled, docs/data.md)`,
    ];
  }
  if (objective.kind !== 'joint' || objective.module !== undefined) return [];
  return [
    `${found}: they are in no pair, which would have them learnt by heart, and held by the old model's answers`,
  ];
}
