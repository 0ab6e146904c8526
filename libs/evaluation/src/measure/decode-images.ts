import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClipDirectory } from '@holdfast/clip';
import {
  type PrepareSettings,
  prepareImages,
  type Sample,
  samplesWithRole,
  withoutCorrupted,
} from '@holdfast/dataset';
import { withPlanLines } from '@holdfast/plan';
import { requireImages } from '../check/require-images.js';
import type { PlanFile } from '../data/plan-file.js';
import { type PlanData, withoutSamples } from '../data/read-plan-data.js';
import type { BadImage } from '../report/describe-data.js';
import type { MeasureOptions } from './measure-options.js';

/** Data whose images were all decoded. */
export interface DecodedData {
  /** Without the images that could not be read, where the plan lets them be left out. */
  readonly data: PlanData;
  readonly badImages: readonly BadImage[];
}

/** What a run would decode. */
export interface DecodedParts {
  readonly model: ClipDirectory;
  readonly data: PlanData;
  /** Images that are watched for drift, then those that are distilled on: they stand after the data's. */
  readonly unlabelled: readonly Sample[];
}

/** Threads that prepare images; without, this one does. */
export type ImageThreads = Required<Pick<PrepareSettings, 'concurrency' | 'prepareSample'>>;

/**
 * Decodes and resizes every image as a run of the plan does, and keeps the pixels where it looks for them.
 *
 * @param runsPath folder that runs without a folder of their own are in
 * @param threads that do the work; absent: this one does
 * @throws Fault `invalid` that names the images that cannot be read, if the plan does not leave them out,
 *   or the tasks that have too few without them.
 */
export async function decodeImages(
  file: PlanFile,
  { model, data, unlabelled }: DecodedParts,
  runsPath: string,
  { signal, onProgress }: MeasureOptions,
  threads?: ImageThreads,
): Promise<DecodedData> {
  const samples = [...data.dataset.samples, ...unlabelled];
  const { preprocessing, preprocessingSha256 } = model;
  const { badImages, close } = await prepareImages({
    samples,
    preprocessing,
    preprocessingSha256,
    signal,
    cachePath: await makeCache(join(runsPath, '.cache')),
    badImagePolicy: file.plan.data.onBadImage,
    onProgress: ({ done, total }) => onProgress('decoding images', done, total),
    concurrency: threads?.concurrency,
    prepareSample: threads?.prepareSample,
  });
  close();
  const dataset = withoutSamples(data.dataset, new Set(badImages.map(({ sample }) => sample)));
  await withPlanLines(file, async () => requireTasks({ ...data, dataset }));
  return {
    data: { ...data, dataset },
    badImages: withoutCorrupted(
      badImages.map(({ sample, reason }) => ({ ...samples[sample]!, reason })),
    ).map(({ relativePath: path, reason }) => ({ path, reason })),
  };
}

/** The folder, made; undefined where nothing can be written, which does not keep images from being read. */
async function makeCache(path: string): Promise<string | undefined> {
  return mkdir(path, { recursive: true }).then(
    () => path,
    () => undefined,
  );
}

/** As a run asks, once it knows which images can be read. */
function requireTasks({ dataset, tasks }: PlanData): void {
  const steers = samplesWithRole(dataset, 'steering').length > 0;
  requireImages(tasks, dataset.samples, [
    ...(['target', 'protected', 'validation'] as const),
    ...(steers ? (['steering'] as const) : []),
  ]);
}
