import { openClipDirectory } from '@holdfast/clip';
import { type Progress, prepareImages, readSampleTable } from '@holdfast/dataset';
import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { EncoderRun } from './encoder-run.js';
import type { ImagePool } from './images/create-image-pool.js';
import { createRunImages } from './images/run-images.js';
import type { OpenRunSettings } from './parse-open-run.js';

/** How a run is loaded. */
export interface LoadContext {
  readonly engine: Engine;
  readonly roots: readonly string[];
  readonly imagePool: ImagePool;
  readonly report: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** Reads the sample table, prepares its images, and opens the model in the engine. */
export async function loadRun(
  settings: OpenRunSettings,
  { engine, roots, imagePool, report, signal }: LoadContext,
): Promise<EncoderRun> {
  const { runId, heads, badImagePolicy, cachePath } = settings;
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
    ...{ samples: table.samples, preprocessing, preprocessingSha256, badImagePolicy },
    ...{ cachePath, onProgress: report, signal },
    ...{ concurrency: imagePool.concurrency, prepareSample: imagePool.prepareSample },
  });
  try {
    const model = await engine.openModel({
      runId,
      path: settings.modelPath,
      ...(heads && { heads }),
    });
    const chunks = await prepareEncoding(engine, settings);
    return {
      directory,
      prepared,
      sampleCount: table.samples.length,
      unusable: new Set(prepared.badImages.map(({ sample }) => sample)),
      headCount: heads?.count ?? 0,
      imageChunkSize: chunks.imageChunkSize,
      tokens: new Map(),
      images: createRunImages(imagePool, prepared, preprocessing),
      opened: {
        parameterCount: model.parameterCount,
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
