import { createRandom } from '@holdfast/random';

/** Samples that batches are drawn from without replacement, epoch after epoch. */
export interface SamplePool {
  /** The batch of the given visit, counted from 0; the same whatever was drawn before. */
  drawBatch(visit: number): number[];
}

/**
 * Makes a pool.
 *
 * Each epoch is a shuffle of its own, cut into whole batches; the tail is dropped. A pool smaller than the
 * batch gives whole shuffles one after the other: how often two samples come differs by one at the most.
 */
export function createSamplePool(options: {
  readonly samples: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  /** Tells this pool's random numbers from others'. */
  readonly pool: number;
}): SamplePool {
  const { samples, batchSize, seed, pool } = options;
  const batchesPerEpoch = Math.floor(samples.length / batchSize);
  // Consecutive visits share an epoch: remembering the last one saves a shuffle a step.
  let remembered: { readonly epoch: number; readonly order: Uint32Array } | undefined;

  function shuffleEpoch(epoch: number, repeat: number): Uint32Array {
    const order = Uint32Array.from(samples);
    createRandom(seed, pool, epoch, repeat).shuffle(order);
    return order;
  }
  function drawFromEpoch(visit: number): number[] {
    const epoch = Math.floor(visit / batchesPerEpoch);
    if (remembered?.epoch !== epoch) remembered = { epoch, order: shuffleEpoch(epoch, 0) };
    const start = (visit % batchesPerEpoch) * batchSize;
    return Array.from(remembered.order.subarray(start, start + batchSize));
  }
  function drawRepeats(visit: number): number[] {
    const batch: number[] = [];
    for (let repeat = 0; batch.length < batchSize; repeat += 1) {
      batch.push(...shuffleEpoch(visit, repeat).subarray(0, batchSize - batch.length));
    }
    return batch;
  }
  return { drawBatch: batchesPerEpoch > 0 ? drawFromEpoch : drawRepeats };
}
