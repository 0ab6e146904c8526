import { type ClipDirectory, partitionParameters } from '@holdfast/clip';
import { type Dataset, samplesWithRole } from '@holdfast/dataset';
import { type PlanDraft, type PlanFacts, resolvePlan } from '@holdfast/plan';

/** Reads off a model and a data set what the `auto` values of a plan follow from. */
export function readPlanFacts(
  { config, logitScale }: Pick<ClipDirectory, 'config' | 'logitScale'>,
  dataset: Dataset,
): PlanFacts {
  return {
    modelParameters: partitionParameters(config, { scope: 'full' }).trainable.count,
    logitScale: Math.exp(logitScale),
    targetImages: samplesWithRole(dataset, 'target').length,
  };
}

/** Puts numbers where a plan says `auto`, with the reason for each. */
export function resolveDraft(
  draft: PlanDraft,
  model: Pick<ClipDirectory, 'config' | 'logitScale'>,
  dataset: Dataset,
) {
  return resolvePlan(draft, readPlanFacts(model, dataset));
}
