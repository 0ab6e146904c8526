import { openClipDirectory } from '@holdfast/clip';
import { prepareImages, readSampleTable } from '@holdfast/dataset';
import type { Engine, PreparedEncoding } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { EncoderRun } from './encoder-run.js';
import {
  computeImageFeatures,
  type FeatureSettings,
  type ImageFeatures,
} from './images/compute-features.js';
import type { ImagePool } from './images/create-image-pool.js';
import { createFeatureImages } from './images/feature-images.js';
import { createRunImages } from './images/run-images.js';
import type { OpenRunSettings } from './parse-open-run.js';

/** How far the opening of a run is: images are prepared first, then features computed. */
export interface OpeningProgress {
  readonly prepared: number;
  readonly featured: number;
  readonly total: number;
}

/** How a run is loaded. */
export interface LoadContext {
  readonly engine: Engine;
  readonly roots: readonly string[];
  readonly imagePool: ImagePool;
  readonly report: (progress: OpeningProgress) => void;
  readonly signal?: AbortSignal;
}

/** Reads the sample table, prepares its images, and opens the model in the engine. */
export async function loadRun(
  settings: OpenRunSettings,
  { engine, roots, imagePool, report, signal }: LoadContext,
): Promise<EncoderRun> {
  const { runId, heads, trainable, badImagePolicy, cachePath } = settings;
  const table = await readSampleTable(settings.samplesPath, roots);
  if (table.sha256 !== settings.samplesSha256) {
    throw new Fault(
      'precondition',
      `${settings.samplesPath} has sha256 ${table.sha256}, not ${settings.samplesSha256}: it has changed since the run was planned`,
    );
  }
  const directory = await openClipDirectory(settings.modelPath);
  const { preprocessing, preprocessingSha256, config } = directory;
  const prepared = await prepareImages({
    samples: table.samples,
    preprocessing,
    preprocessingSha256,
    badImagePolicy,
    cachePath,
    signal,
    onProgress: ({ done, total }) => report({ prepared: done, featured: 0, total }),
    concurrency: imagePool.concurrency,
    prepareSample: imagePool.prepareSample,
  });
  try {
    const model = await engine.openModel({
      runId,
      path: settings.modelPath,
      ...(heads && { heads }),
      ...trainable,
    });
    const chunks = await prepareEncoding(engine, settings);
    const total = table.samples.length;
    const pixels = createRunImages(imagePool, prepared, preprocessing);
    const features = await openFeatures(settings, chunks, {
      engine,
      directory,
      samples: table.samples,
      prepared,
      images: pixels,
      signal,
      onProgress: ({ done, total: images }) =>
        report({ prepared: total, featured: Math.round((done / images) * total), total }),
    });
    return {
      directory,
      prepared,
      sampleCount: table.samples.length,
      unusable: new Set(prepared.badImages.map(({ sample }) => sample)),
      headCount: heads?.count ?? 0,
      imageChunkSize: chunks.imageChunkSize,
      tokens: new Map(),
      images: features === undefined ? pixels : createFeatureImages(features),
      imagesAreEmbeddings: trainable.scope === 'heads',
      textFeatures: features && new Map(),
      opened: {
        parameterCount: BigInt(model.parameterCount),
        embeddingSize: config.projectionSize,
        modelSha256: model.sha256,
        preprocessingSha256,
        badImages: prepared.badImages.map(({ sample, reason }) => ({ sample, reason })),
        imageChunkSize: chunks.imageChunkSize,
        textChunkSize: chunks.textChunkSize,
      },
    };
  } catch (error) {
    prepared.close();
    throw error;
  }
}

/** The features of a run's images, if its towers do not train. */
async function openFeatures(
  { runId, trainable, cachePath }: OpenRunSettings,
  { imageFeatureSize: size, imageChunkSize }: PreparedEncoding,
  context: Omit<FeatureSettings, 'runId' | 'scope' | 'imageChunkSize' | 'size'>,
): Promise<ImageFeatures | undefined> {
  if (size === undefined) return undefined;
  try {
    const { scope } = trainable;
    return await computeImageFeatures({
      ...context,
      runId,
      scope,
      imageChunkSize,
      size,
      cachePath,
    });
  } catch (error) {
    await context.engine.closeRun({ runId });
    throw error;
  }
}

/** Frees what {@link loadRun} opened. */
export async function unloadRun(engine: Engine, runId: string, run: EncoderRun): Promise<void> {
  run.prepared.close();
  await engine.closeRun({ runId });
}

async function prepareEncoding(engine: Engine, settings: OpenRunSettings) {
  const { runId, imageChunkSize, textChunkSize, imageBatchSize, activationBudgetBytes } = settings;
  try {
    return await engine.prepareEncoding({
      runId,
      ...(imageChunkSize && { imageChunkSize }),
      ...(textChunkSize && { textChunkSize }),
      ...(imageBatchSize && { imageBatchSize }),
      ...(activationBudgetBytes && { activationBudgetBytes }),
    });
  } catch (error) {
    await engine.closeRun({ runId });
    throw error;
  }
}
