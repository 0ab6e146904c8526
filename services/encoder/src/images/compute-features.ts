import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import type { ClipDirectory } from '@holdfast/clip';
import {
  identifyContent,
  type OnProgress,
  type PreparedImages,
  type Sample,
} from '@holdfast/dataset';
import type { Engine, ImageBatch } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import { Augmentation } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type FeatureFile, readFeatures, writeFeatures } from './feature-file.js';
import type { RunImages } from './run-images.js';

/** Features of a run's images, which do not change while it trains. */
export interface ImageFeatures {
  /** Numbers an image. */
  readonly size: number;
  /** [samples, size] by index in the sample table; zeros for images that could not be read. */
  readonly rows: Float32Array;
}

/** Whose features to compute, and with what. */
export interface FeatureSettings {
  readonly engine: Engine;
  readonly runId: string;
  /** Which part of the model is frozen. */
  readonly scope: string;
  readonly directory: ClipDirectory;
  readonly samples: readonly Sample[];
  readonly prepared: PreparedImages;
  /** Of pixels. */
  readonly images: RunImages<ImageBatch>;
  readonly imageChunkSize: number;
  /** Numbers an image. */
  readonly size: number;
  /** Folder for the features; absent keeps them in memory only. */
  readonly cachePath?: string | undefined;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

/** They stay in memory, all of them: 4 GiB. */
const featureBytesMax = 2 ** 32;
/** Pixels that one call of the engine takes. */
const pixelElementsMax = 2 ** 24;

/**
 * Takes every image through the frozen part of the vision tower, once for each content, weights and
 * preprocessing.
 *
 * The cache's key has everything else that the bits of a feature depend on too (chunk size, threads,
 * runtime): features from it are those that would be computed.
 *
 * @throws Fault `exhausted` if the features do not fit in memory; `cancelled` when it was asked to stop.
 */
export async function computeImageFeatures(settings: FeatureSettings): Promise<ImageFeatures> {
  const { samples, prepared, size, onProgress } = settings;
  const bytes = 4 * size * samples.length;
  if (bytes > featureBytesMax) {
    throw new Fault(
      'exhausted',
      `the features of ${samples.length} images take ${bytes} bytes, more than the ${featureBytesMax} for them in memory: train another scope, or on fewer images`,
    );
  }
  const bad = new Set(prepared.badImages.map(({ sample }) => sample));
  const usable = samples.filter(({ index }) => !bad.has(index));
  const wanted = new Set(usable.map(identifyContent));
  const file = locateFile(settings);
  const known = file === undefined ? new Map() : await readFeatures(file, wanted);
  // Images of one content have one representative.
  const missing = new Map(
    usable
      .map((sample) => [identifyContent(sample), sample] as const)
      .filter(([content]) => !known.has(content)),
  );
  const total = wanted.size;
  onProgress({ done: known.size, total });
  if (missing.size > 0) {
    await extract(settings, [...missing.values()], (image, features) => {
      known.set(image, features);
      onProgress({ done: known.size, total });
    });
    if (file !== undefined) await writeFeatures(file, known);
  }
  const rows = new Float32Array(samples.length * size);
  for (const sample of usable) rows.set(known.get(identifyContent(sample))!, sample.index * size);
  onProgress({ done: total, total });
  return { size, rows };
}

/** Computes features in slabs of whole chunks. */
async function extract(
  settings: FeatureSettings,
  samples: readonly Sample[],
  add: (image: string, features: Float32Array) => void,
): Promise<void> {
  const { engine, runId, images, imageChunkSize, size, prepared, signal } = settings;
  const chunkElements = 3 * prepared.height * prepared.width * imageChunkSize;
  const slab = Math.max(1, Math.floor(pixelElementsMax / chunkElements)) * imageChunkSize;
  const request = { samples: samples.map(({ index }) => index), ...plainImages };
  for (let start = 0; start < samples.length; start += slab) {
    if (signal?.aborted) throw new Fault('cancelled', 'stopped while features were computed');
    const part = samples.slice(start, start + slab);
    const batch = await images.take(request, { start, count: part.length });
    const { imageFeatures, pixels } = await engine.extractFeatures({ runId, images: batch });
    if (pixels) images.giveBack(pixels);
    part.forEach((sample, i) => {
      add(identifyContent(sample), imageFeatures!.slice(i * size, (i + 1) * size));
    });
  }
}

const plainImages = {
  augmentedCount: 0,
  augmentationSeed: 0,
  firstIndex: 0,
  augmentation: Augmentation.fromPartial({}),
};

function locateFile(settings: FeatureSettings): FeatureFile | undefined {
  const { cachePath, directory, engine, imageChunkSize, scope, size } = settings;
  if (cachePath === undefined) return undefined;
  const { executionProvider, threads, runtimeVersion } = engine.description;
  const key = JSON.stringify([
    ...[directory.sha256, directory.preprocessingSha256, scope, imageChunkSize],
    ...[executionProvider, threads, runtimeVersion],
  ]);
  return { path: join(cachePath, `${sha256(key)}.features`), key, size };
}
