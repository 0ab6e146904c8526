import { resolveName } from '@holdfast/artifacts';
import {
  type ArchivePattern,
  type Dataset,
  type LoadPurpose,
  type LoadSettings,
  loadDataset,
  type OnProgress,
} from '@holdfast/dataset';
import {
  limitTrainingImages,
  listProtectedEntries,
  listTargets,
  type PlanDraft,
} from '@holdfast/plan';
import { checkConditions } from '../tasks/check-conditions.js';
import { corruptSamples, noteCorrupted } from '../tasks/corrupt-samples.js';
import { createPrompts, type RunPrompts } from '../tasks/prompts.js';
import { chooseLabels } from '../tasks/resolve-entries.js';
import { type RunTasks, resolveTasks } from '../tasks/tasks.js';

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
 * @throws Fault as {@link resolvePlanData} and `loadDataset` do.
 */
export async function readPlanData(
  plan: PlanDraft,
  basePath: string,
  options: ReadPlanDataOptions = {},
): Promise<PlanData> {
  return resolvePlanData(plan, await loadPlanData(plan, basePath, options));
}

/**
 * Reads the data set that a plan names, as far as that has nothing to do with how the plan trains.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault as `loadDataset` does.
 */
export function loadPlanData(
  plan: PlanDraft,
  basePath: string,
  options: ReadPlanDataOptions = {},
): Promise<Dataset> {
  return loadDataset({ ...nameData(plan, basePath), ...options });
}

/**
 * Resolves a plan's classes against the data set that it names.
 *
 * @throws Fault `invalid` naming every class of the plan that the data do not have.
 */
export function resolvePlanData(plan: PlanDraft, loaded: Dataset): PlanData {
  const { classes, samples } = loaded;
  const tasks = resolveTasks(plan, classes);
  checkConditions(tasks.protectedTasks, samples);
  const corrupted = corruptSamples(loaded, tasks.protectedTasks);
  const dataset = { ...corrupted, notes: [...corrupted.notes, ...noteCorrupted(corrupted)] };
  return { dataset, tasks, prompts: createPrompts(plan, classes) };
}

/**
 * What to load for a plan.
 *
 * @param basePath folder that relative paths of the plan start from
 */
export function nameData(plan: PlanDraft, basePath: string): LoadSettings {
  const { data, target, spaces = {} } = plan;
  const columns = listColumns(plan);
  return {
    root: resolveName(basePath, data.root),
    manifest: data.manifest && resolveName(basePath, data.manifest),
    columns: columns.get(undefined),
    archives:
      data.archives === undefined
        ? undefined
        : { patterns: listPatterns(data.archives), columns: data.columns ?? {} },
    split: data.split,
    targetClasses: listTargets(plan),
    chooseLabels: (classes) => chooseLabels(plan, classes),
    negativeClasses: target.negatives,
    training: { seed: plan.seed, limitOf: (label) => limitTrainingImages(plan, label) },
    more: Object.entries(spaces).flatMap(([name, { data: own }]) =>
      own === undefined
        ? []
        : {
            name,
            root: resolveName(basePath, own.root),
            manifest: own.manifest && resolveName(basePath, own.manifest),
            columns: columns.get(name),
          },
    ),
  };
}

/** Columns of the manifests that slices are about, by the label space whose data set it is; undefined: the plan's. */
function listColumns(plan: PlanDraft): ReadonlyMap<string | undefined, string[]> {
  const apart = Object.entries(plan.spaces ?? {}).filter(([, { data }]) => data !== undefined);
  const columns = new Map<string | undefined, Set<string>>();
  for (const { space, labels = [], where } of listProtectedEntries(plan) ?? []) {
    const holds = ([name]: readonly [string, unknown]) =>
      name === space || labels.some((label) => label.startsWith(`${name}/`));
    const source = apart.find(holds)?.[0];
    const known = columns.get(source) ?? new Set();
    for (const [column] of where) known.add(column);
    columns.set(source, known);
  }
  return new Map([...columns].map(([source, known]) => [source, [...known]]));
}

/** Names of archives, each with its split where the plan says it. */
function listPatterns(archives: NonNullable<PlanDraft['data']['archives']>): ArchivePattern[] {
  if (typeof archives === 'string') return [{ pattern: archives }];
  if (Array.isArray(archives)) return archives.map((pattern) => ({ pattern }));
  return (['train', 'val', 'test'] as const).flatMap((split) =>
    [archives[split] ?? []].flat().map((pattern) => ({ pattern, split })),
  );
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

/** Images without labels, where there are any, without those that could not be read. */
export function withoutImages<
  T extends { readonly samples: readonly { readonly index: number }[] },
>(data: T | undefined, bad: ReadonlySet<number>): T | undefined {
  return data && { ...data, samples: data.samples.filter(({ index }) => !bad.has(index)) };
}
