import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { removeAbandoned } from '@holdfast/artifacts';
import { pixelCorruption } from '@holdfast/corruption';
import { Fault, forEachBounded } from '@holdfast/fault';
import { defaultImageLimits, type ImageLimits, type Preprocessing } from '@holdfast/image';
import { identifyContent } from './corrupted-samples.js';
import type { PixelReader } from './pixel-source.js';
import {
  type BadImage,
  createFileWriter,
  createMemoryWriter,
  openCachedPixels,
  type PixelWriter,
} from './pixel-store.js';
import { type PrepareSample, prepareSample } from './prepare-sample.js';
import { createProblems } from './problems.js';
import type { OnProgress } from './progress.js';
import type { Sample } from './sample.js';

/** What to do with an image that cannot be read. */
export type BadImagePolicy = 'fail' | 'skip';

/** Which images to prepare, and how. */
export interface PrepareSettings {
  readonly samples: readonly Sample[];
  readonly preprocessing: Preprocessing;
  readonly preprocessingSha256: string;
  /** Folder for prepared pixels; absent keeps them in memory only. */
  readonly cachePath?: string | undefined;
  readonly badImagePolicy: BadImagePolicy;
  /** Images worked on at once; default 4. */
  readonly concurrency?: number | undefined;
  /** Prepares one image; default: in this thread. */
  readonly prepareSample?: PrepareSample | undefined;
  /** Default: 64 MiB and 64 megapixels. */
  readonly limits?: ImageLimits | undefined;
  /** More pixels than this stay in the cache's file; default 1 GiB. */
  readonly memoryBytesMax?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Images of the model's size. */
export interface PreparedImages {
  readonly height: number;
  readonly width: number;
  /** RGB by position, [height, width, 3]; not to be written to. */
  readonly reader: PixelReader;
  /**
   * Position of the sample with this index.
   * @throws RangeError if it was not prepared, or is one of the bad images.
   */
  locate(index: number): number;
  /** In order of index. */
  readonly badImages: readonly BadImage[];
  /** Frees the cache's file. Closing twice changes nothing. */
  close(): void;
}

/** Changes whenever the same image would give other pixels. */
const pixelVersion = 'holdfast pixels 4';
const defaultConcurrency = 4;
const defaultMemoryBytesMax = 2 ** 30;

/**
 * Decodes and resizes every image once and keeps the pixels: in memory, and, where there is a cache
 * folder, in one file named by the contents of the images and the preprocessing.
 *
 * @throws Fault `invalid` that names the bad images, if the policy is `fail`; `precondition` if an image
 *   is not the one that was hashed; `unavailable` if one cannot be read for now; `exhausted` if the pixels do not fit in memory and there is no cache.
 */
export async function prepareImages(settings: PrepareSettings): Promise<PreparedImages> {
  const { samples, preprocessing, cachePath, badImagePolicy } = settings;
  const { memoryBytesMax = defaultMemoryBytesMax } = settings;
  const imageBytes = preprocessing.cropHeight * preprocessing.cropWidth * 3;
  const shape = { count: samples.length, imageBytes };
  const inMemory = shape.count * imageBytes <= memoryBytesMax;
  const cacheName = cachePath === undefined ? undefined : join(cachePath, nameCache(settings));
  if (cachePath !== undefined) await removeAbandoned(cachePath);
  const cached = cacheName && (await openCachedPixels(cacheName, shape, { inMemory }));
  if (cached) {
    settings.onProgress?.({ done: shape.count, total: shape.count });
    if (badImagePolicy === 'fail') {
      if (cached.badImages.length > 0) cached.reader.close();
      refuseBadImages(cached.badImages, settings.samples);
    }
    return createPreparedImages(settings, cached.reader, cached.badImages);
  }
  if (!inMemory && cacheName === undefined) {
    throw new Fault(
      'exhausted',
      `${shape.count} prepared images take ${shape.count * imageBytes} bytes, more than the ${memoryBytesMax} for them in memory: give a cache folder`,
    );
  }
  const writer = inMemory
    ? createMemoryWriter(shape, cacheName)
    : await createFileWriter(shape, cacheName!);
  const { reader, badImages } = await prepareAll(settings, writer);
  return createPreparedImages(settings, reader, badImages);
}

async function prepareAll(
  settings: PrepareSettings,
  writer: PixelWriter,
): Promise<{ reader: PixelReader; badImages: readonly BadImage[] }> {
  const { samples, preprocessing, badImagePolicy, limits = defaultImageLimits } = settings;
  const { concurrency = defaultConcurrency, prepareSample: prepareOne = prepareSample } = settings;
  const badImages: BadImage[] = [];
  const prepare = async ({ path, sha256, ...sample }: Sample, position: number) => {
    const corruption = pixelCorruption(sample.corruption);
    const pixels = await prepareOne({ path, sha256, preprocessing, limits, corruption });
    if (typeof pixels === 'string') badImages.push({ sample: sample.index, reason: pixels });
    else await writer.write(position, pixels);
  };
  try {
    await forEachBounded(samples, prepare, {
      concurrency,
      onProgress: settings.onProgress,
      signal: settings.signal,
    });
    badImages.sort((a, b) => a.sample - b.sample);
    if (badImagePolicy === 'fail') refuseBadImages(badImages, samples);
    return { reader: await writer.finish(badImages), badImages };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function refuseBadImages(badImages: readonly BadImage[], samples: readonly Sample[]): void {
  const named = new Map(samples.map((sample) => [sample.index, sample]));
  // An image that cannot be read cannot be corrupted either, and is named once.
  const reasons = new Map<string, string>();
  const problems = createProblems();
  for (const { sample, reason } of badImages) {
    const { path, relativePath } = named.get(sample)!;
    if (!reasons.has(path)) problems.add(relativePath, reason);
    reasons.set(path, reason);
  }
  const many = reasons.size === 1 ? '1 image' : `${reasons.size} images`;
  problems.throwIfAny(
    `${many} cannot be used; replace what is named here, or leave it out with data.onBadImage: skip`,
  );
}

function nameCache(settings: PrepareSettings): string {
  const { samples, preprocessingSha256, limits = defaultImageLimits } = settings;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([pixelVersion, preprocessingSha256, limits]));
  // Indices too: bad images are remembered by them.
  for (const sample of samples) hash.update(`\n${sample.index} ${identifyContent(sample)}`);
  return hash.digest('hex');
}

function createPreparedImages(
  { samples, preprocessing }: PrepareSettings,
  reader: PixelReader,
  badImages: readonly BadImage[],
): PreparedImages {
  const positions = new Map(samples.map((sample, position) => [sample.index, position]));
  for (const { sample } of badImages) positions.delete(sample);
  return {
    height: preprocessing.cropHeight,
    width: preprocessing.cropWidth,
    reader,
    badImages,
    locate(index) {
      const position = positions.get(index);
      if (position === undefined) throw new RangeError(`sample ${index} has no prepared image`);
      return position;
    },
    close: () => reader.close(),
  };
}
