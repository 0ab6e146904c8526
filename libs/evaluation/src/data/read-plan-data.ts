import { resolveName } from '@holdfast/artifacts';
import {
  type Dataset,
  type LoadPurpose,
  type LoadSettings,
  loadDataset,
  type OnProgress,
} from '@holdfast/dataset';
import type { PlanDraft } from '@holdfast/plan';
import { createPrompts, type RunPrompts, type RunTasks, resolveTasks } from '../tasks/tasks.js';

/** How reading goes on and may be stopped. */
export interface ReadPlanDataOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Data that only judge need no images to train on; default: train. */
  readonly purpose?: LoadPurpose;
}

/** The data that a plan names, and what they are to it. */
export interface PlanData {
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
  readonly prompts: RunPrompts;
}

/**
 * Reads the data set that a plan names and resolves the plan's classes against it.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `invalid` naming every class of the plan that the data do not have, and as
 *   `loadDataset` does.
 */
export async function readPlanData(
  plan: PlanDraft,
  basePath: string,
  options: ReadPlanDataOptions = {},
): Promise<PlanData> {
  const dataset = await loadDataset({ ...nameData(plan, basePath), ...options });
  const { classes } = dataset;
  return { dataset, tasks: resolveTasks(plan, classes), prompts: createPrompts(plan, classes) };
}

/**
 * What to load for a plan.
 *
 * @param basePath folder that relative paths of the plan start from
 */
export function nameData(plan: PlanDraft, basePath: string): LoadSettings {
  const { data, target } = plan;
  const named = plan.protected?.map((entry) => (typeof entry === 'string' ? entry : entry.class));
  return {
    root: resolveName(basePath, data.root),
    manifest: data.manifest && resolveName(basePath, data.manifest),
    split: data.split,
    targetClass: target.class,
    protectedClasses: named,
    negativeClasses: target.negatives,
  };
}

/** The data set without the samples whose images could not be read. */
export function withoutSamples(dataset: Dataset, bad: ReadonlySet<number>): Dataset {
  if (bad.size === 0) return dataset;
  return {
    ...dataset,
    samples: dataset.samples.map((sample) =>
      bad.has(sample.index) ? { ...sample, roles: [] } : sample,
    ),
  };
}
