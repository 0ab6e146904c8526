import type { PreparedImages } from '@holdfast/dataset';
import type { FeatureBatch, ImageBatch } from '@holdfast/engine';
import type { Preprocessing } from '@holdfast/image';
import type { ImagePool } from './create-image-pool.js';
import type { ImageRequest } from './fill-pixels.js';
import { createPixelBuffers } from './pixel-buffers.js';

/** Images of a request: start, start + 1, ... */
export interface ImageRange {
  readonly start: number;
  readonly count: number;
}

/** The vision tower's inputs of a run, made when asked for or ahead; or what stands in for them. */
export interface RunImages<Batch = ImageBatch | FeatureBatch> {
  /**
   * Has the images of a later step made ahead.
   * @returns false, having done nothing, if as many wait already as may
   */
  announce(step: number, request: ImageRequest): boolean;
  /** Gives images of a request: those made ahead for the same request, or else new ones; the bits are the same. */
  take(request: ImageRequest, range: ImageRange): Promise<Batch>;
  /** Forgets what was announced for earlier steps and never taken. */
  forgetBefore(step: number): void;
  /** Keeps a buffer that the engine gave back. */
  giveBack(pixels: Float32Array): void;
}

/** What waits at the most: two steps' images, each with the reference's. */
export const announcedBatchesMax = 4;
/** All of what waits: 512 MiB. */
const announcedElementsMax = 2 ** 27;

interface Announced {
  readonly step: number;
  readonly request: ImageRequest;
  readonly elements: number;
  readonly batch: Promise<ImageBatch>;
}

/** Makes the inputs of a run whose images are prepared. */
export function createRunImages(
  pool: ImagePool,
  prepared: PreparedImages,
  preprocessing: Preprocessing,
): RunImages<ImageBatch> {
  const buffers = createPixelBuffers();
  const announced = new Map<string, Announced>();
  const imageElements = 3 * preprocessing.cropHeight * preprocessing.cropWidth;

  function make(request: ImageRequest, { start, count }: ImageRange): Promise<ImageBatch> {
    const { samples, ...drawn } = request;
    const positions = samples.slice(start, start + count).map(prepared.locate);
    const fill = { ...drawn, preprocessing, positions, start };
    const pixels = buffers.take(count * imageElements);
    const batch = pool
      .fillPixels(prepared.reader, fill, pixels)
      .then((filled) => ({ count, pixels: filled }));
    // Whoever takes it hears of a failure; maybe nobody does.
    batch.catch(() => {});
    return batch;
  }

  /** The reference's images lead the step's, augmented alike: they are copied instead of made twice. */
  function copyLeading(from: Promise<ImageBatch>, count: number): Promise<ImageBatch> {
    const elements = count * imageElements;
    // Whoever takes `from` hears of it later than this does, and moves it away only then.
    const batch = from.then((whole) => {
      const pixels = buffers.take(elements);
      pixels.set(whole.pixels.subarray(0, elements));
      return { count, pixels };
    });
    batch.catch(() => {});
    return batch;
  }

  return {
    announce(step, request) {
      const key = identify(request);
      if (announced.has(key)) return true;
      const count = request.samples.length;
      const elements = count * imageElements;
      const waiting = [...announced.values()].reduce((sum, each) => sum + each.elements, 0);
      const isFull = announced.size >= announcedBatchesMax;
      if (isFull || waiting + elements > announcedElementsMax) return false;
      const longer = [...announced.values()].find((each) => leads(request, each.request));
      const batch = longer ? copyLeading(longer.batch, count) : make(request, { start: 0, count });
      announced.set(key, { step, request, elements, batch });
      return true;
    },
    take(request, range) {
      if (range.count < request.samples.length) return make(request, range);
      const key = identify(request);
      const known = announced.get(key);
      if (known === undefined) return make(request, range);
      announced.delete(key);
      return known.batch;
    },
    forgetBefore(step) {
      for (const [key, known] of announced) if (known.step < step) announced.delete(key);
    },
    giveBack: buffers.giveBack,
  };
}

/** Everything that the pixels of a request depend on, within a run. */
function identify(request: ImageRequest): string {
  const { samples, augmentedCount, augmentation, augmentationSeed, firstIndex } = request;
  return JSON.stringify([samples, augmentedCount, augmentation, augmentationSeed, firstIndex]);
}

/** Whether a request's images stand at the head of another's, with the same pixels. */
function leads(request: ImageRequest, other: ImageRequest): boolean {
  const count = request.samples.length;
  const samples = other.samples.slice(0, count);
  const augmentedCount = Math.min(other.augmentedCount, count);
  return identify(request) === identify({ ...other, samples, augmentedCount });
}
