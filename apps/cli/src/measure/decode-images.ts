import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClipDirectory } from '@holdfast/clip';
import { type BadImage, type PlanData, requireImages, withoutSamples } from '@holdfast/controller';
import { prepareImages, samplesWithRole } from '@holdfast/dataset';
import { withPlanLines } from '@holdfast/plan';
import type { PlanFile } from '../read-plan-file.js';
import type { MeasureOptions } from './measure-options.js';

/** Data whose images were all decoded. */
export interface DecodedData {
  /** Without the images that could not be read, where the plan lets them be left out. */
  readonly data: PlanData;
  readonly badImages: readonly BadImage[];
}

/** Below this, starting threads costs more than they gain. */
const threadedImagesMin = 200;

/**
 * Decodes and resizes every image as a run of the plan does, and keeps the pixels where it looks for them.
 *
 * @param runsPath folder that runs without a folder of their own are in
 * @throws Fault `invalid` that names the images that cannot be read, if the plan does not leave them out,
 *   or the tasks that have too few without them.
 */
export async function decodeImages(
  file: PlanFile,
  { model, data }: { readonly model: ClipDirectory; readonly data: PlanData },
  runsPath: string,
  { signal, onProgress }: MeasureOptions,
): Promise<DecodedData> {
  const { samples } = data.dataset;
  const { preprocessing, preprocessingSha256 } = model;
  const pool = await startPool(samples.length);
  try {
    const { badImages, close } = await prepareImages({
      ...{ samples, preprocessing, preprocessingSha256, signal },
      cachePath: await makeCache(join(runsPath, '.cache')),
      badImagePolicy: file.plan.data.onBadImage,
      onProgress: ({ done, total }) => onProgress('decoding images', done, total),
      ...(pool && { concurrency: pool.concurrency, prepareSample: pool.prepareSample }),
    });
    close();
    const dataset = withoutSamples(data.dataset, new Set(badImages.map(({ sample }) => sample)));
    await withPlanLines(file, async () => requireTasks({ ...data, dataset }));
    return {
      data: { ...data, dataset },
      badImages: badImages.map(({ sample, reason }) => ({
        path: samples[sample]!.relativePath,
        reason,
      })),
    };
  } finally {
    await pool?.close();
  }
}

async function startPool(imageCount: number) {
  if (imageCount < threadedImagesMin) return undefined;
  const { createImagePool, defaultImageWorkers } = await import('@holdfast/encoder');
  return createImagePool(defaultImageWorkers());
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
