import { resolve } from 'node:path';
import { type Dataset, loadDataset, type OnProgress } from '@holdfast/dataset';
import type { Plan } from '@holdfast/plan';

/** How reading goes on and may be stopped. */
export interface ReadDatasetOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Reads the data set that a plan names; relative paths start from `basePath`. */
export function readDataset(
  plan: Plan,
  basePath: string,
  options: ReadDatasetOptions = {},
): Promise<Dataset> {
  const { data, target } = plan;
  const named = plan.protected?.map((entry) => (typeof entry === 'string' ? entry : entry.class));
  return loadDataset({
    root: resolve(basePath, data.root),
    ...(data.manifest === undefined ? {} : { manifest: resolve(basePath, data.manifest) }),
    split: data.split,
    targetClass: target.class,
    ...(named === undefined ? {} : { protectedClasses: named }),
    ...(target.negatives === undefined ? {} : { negativeClasses: target.negatives }),
    ...options,
  });
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
