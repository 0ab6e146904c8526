import { type ClipDirectory, partitionParameters } from '@holdfast/clip';
import { samplesWithRole } from '@holdfast/dataset';
import { type PlanDraft, type PlanFacts, resolvePlan } from '@holdfast/plan';
import { listScarceTasks } from '../tasks/list-scarce-tasks.js';
import type { PlanData } from './read-plan-data.js';

/** Reads off a model and a data set what the `auto` values of a plan follow from. */
export function readPlanFacts(
  { config, logitScale }: Pick<ClipDirectory, 'config' | 'logitScale'>,
  { dataset, tasks }: Pick<PlanData, 'dataset' | 'tasks'>,
): PlanFacts {
  return {
    modelParameters: partitionParameters(config, { scope: 'full' }).trainable.count,
    logitScale: Math.exp(logitScale),
    targetImages: samplesWithRole(dataset, 'target').length,
    scarceTasks: listScarceTasks({ dataset, tasks }).map(({ name }) => name),
  };
}

/** Puts numbers where a plan says `auto`, with the reason for each. */
export function resolveDraft(
  draft: PlanDraft,
  model: Pick<ClipDirectory, 'config' | 'logitScale'>,
  data: Pick<PlanData, 'dataset' | 'tasks'>,
) {
  return resolvePlan(draft, readPlanFacts(model, data));
}
