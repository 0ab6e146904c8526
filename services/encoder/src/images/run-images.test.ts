import { openPixelSource, type PreparedImages } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { Preprocessing } from '@holdfast/image';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { createImagePool, type ImagePool } from './create-image-pool.js';
import type { ImageRequest } from './fill-pixels.js';
import { createRunImages } from './run-images.js';

const preprocessing: Preprocessing = {
  doResize: true,
  shortestEdge: 2,
  cropHeight: 2,
  cropWidth: 2,
  doRescale: false,
  rescaleFactor: 1,
  doNormalize: false,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
const shared = new SharedArrayBuffer(10 * 12);
new Uint8Array(shared).forEach((_, i, bytes) => {
  bytes[i] = i;
});
const prepared: PreparedImages = {
  height: 2,
  width: 2,
  badImages: [],
  locate: (index) => index,
  close() {},
  reader: openPixelSource({ shared, imageBytes: 12 }),
};

function createRequest(seed: number, samples: readonly number[] = [1, 2, 3]): ImageRequest {
  const augmentation = {
    rotationDegrees: 0,
    shiftPixels: 0,
    contrast: 0,
    brightness: 9,
    flip: true,
  };
  return { samples, augmentedCount: 2, augmentation, augmentationSeed: seed, firstIndex: 0 };
}

/** A pool in this thread that counts, and fails when told. */
function createCountingPool() {
  const pool = createImagePool(0);
  const counter = { filled: 0, failing: false };
  const counting: ImagePool = {
    ...pool,
    async fillPixels(...job) {
      counter.filled += 1;
      if (counter.failing) throw new Fault('internal', 'an image thread failed: gone');
      return pool.fillPixels(...job);
    },
  };
  return { counter, images: createRunImages(counting, prepared, preprocessing) };
}

const all = { start: 0, count: 3 };

describe('createRunImages', () => {
  it('gives what was announced, once, with the bits that it would have without', async () => {
    const { counter, images } = createCountingPool();
    expect(images.announce(1, createRequest(7))).toBe(true);
    expect(images.announce(1, createRequest(7))).toBe(true);
    expect(counter.filled).toBe(1);
    const ahead = await images.take(createRequest(7), all);
    expect(counter.filled).toBe(1);
    const later = await images.take(createRequest(7), all);
    expect(counter.filled).toBe(2);
    expect(ahead).toEqual(later);
    expect(ahead.pixels.slice(24)).toEqual(
      Float32Array.of(36, 39, 42, 45, 37, 40, 43, 46, 38, 41, 44, 47),
    );
  });

  it.each([
    ['another seed', createRequest(8)],
    ['other samples', createRequest(7, [1, 2, 4])],
    ['fewer augmented', { ...createRequest(7), augmentedCount: 1 }],
    [
      'another augmentation',
      { ...createRequest(7), augmentation: { ...createRequest(7).augmentation, flip: false } },
    ],
  ])('makes a batch itself for %s', async (_, other) => {
    const { counter, images } = createCountingPool();
    images.announce(1, createRequest(7));
    await images.take(other, all);
    expect(counter.filled).toBe(2);
  });

  it('makes a part of an announced batch itself', async () => {
    const { counter, images } = createCountingPool();
    images.announce(1, createRequest(7));
    const part = await images.take(createRequest(7), { start: 1, count: 2 });
    expect(counter.filled).toBe(2);
    const whole = await images.take(createRequest(7), all);
    expect(part.pixels).toEqual(whole.pixels.slice(12));
  });

  it('copies what leads another batch that waits, with the bits that it would have alone', async () => {
    const { counter, images } = createCountingPool();
    const whole = createRequest(7, [1, 2, 3]);
    const reference = createRequest(7, [1, 2]);
    for (const request of [whole, reference]) expect(images.announce(1, request)).toBe(true);
    expect(counter.filled).toBe(1);
    // The engine moves pixels away as soon as it has them.
    const taken = await images.take(whole, all);
    structuredClone(taken.pixels, { transfer: [taken.pixels.buffer as ArrayBuffer] });
    const copied = await images.take(reference, { start: 0, count: 2 });
    expect(counter.filled).toBe(1);
    expect(copied).toEqual(await images.take(reference, { start: 0, count: 2 }));
    expect(counter.filled).toBe(2);
  });

  it.each([
    ['in another order', createRequest(7, [2, 1])],
    ['with another seed', createRequest(8, [1, 2])],
    ['augmented less', { ...createRequest(7, [1, 2]), augmentedCount: 1 }],
    ['and more', createRequest(7, [1, 2, 3, 4])],
  ])('makes a batch of the same images %s by itself', (_, other) => {
    const { counter, images } = createCountingPool();
    images.announce(1, createRequest(7, [1, 2, 3]));
    expect(images.announce(1, other)).toBe(true);
    expect(counter.filled).toBe(2);
  });

  it('takes no more than four batches, until one is taken or its step is past', async () => {
    const { counter, images } = createCountingPool();
    const announced = [1, 1, 2, 2, 3].map((step, i) => images.announce(step, createRequest(i)));
    expect(announced).toEqual([true, true, true, true, false]);
    expect(counter.filled).toBe(4);
    await images.take(createRequest(0), all);
    expect(images.announce(3, createRequest(4))).toBe(true);
    expect(images.announce(3, createRequest(5))).toBe(false);
    images.forgetBefore(2);
    expect(images.announce(3, createRequest(5))).toBe(true);
    expect(images.announce(3, createRequest(6))).toBe(false);
  });

  it('takes no more pixels than 512 MiB', () => {
    const large = { ...preprocessing, cropHeight: 4096, cropWidth: 4096 };
    const images = createRunImages(createImagePool(0), prepared, large);
    expect(images.announce(1, createRequest(1))).toBe(false);
  });

  it('says to whoever takes a batch that it failed', async () => {
    const { counter, images } = createCountingPool();
    counter.failing = true;
    expect(images.announce(1, createRequest(1))).toBe(true);
    const fault = await catchFault(() => images.take(createRequest(1), all));
    expect(fault.message).toBe('an image thread failed: gone');
    counter.failing = false;
    expect((await images.take(createRequest(1), all)).count).toBe(3);
  });
});
