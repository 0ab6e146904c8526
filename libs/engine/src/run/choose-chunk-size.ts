import type { ClipConfig, TowerConfig } from '@holdfast/clip';

/** Below 30 images of 17 tokens calls weigh in, above 60 the caches run over: 39 and 52 were fastest (docs/performance.md). */
const tokensMax = 900;

/** The widest tensor of a chunk stays near the size of a second-level cache. */
const hiddenBytesMax = 5 * 2 ** 20;

/** A device has no such caches, and starts every operator anew. An H100 took 32; other sizes were not tried. */
const deviceRows = 32;

/** A step has few texts, once equal ones are merged, and how many varies: a smaller chunk pads less. */
export const textRowsMax = 24;

/** What else limits a chunk. */
export interface ChunkLimits {
  /** Rows of a training step, where they are known. */
  readonly batchSize?: number;
  readonly rowsMax?: number;
  /** Whether an accelerator computes. */
  readonly onDevice?: boolean;
}

/** Patches of an image. */
export function countPatches({ vision }: ClipConfig): number {
  return (vision.imageSize / vision.patchSize) ** 2;
}

/**
 * Rows for a session to take at once: as many as the processor's caches hold, at least 1. Chunks of a
 * known batch divide it evenly, so that the last one is not padded.
 */
export function chooseChunkSize(
  { mlpWidth }: TowerConfig,
  tokens: number,
  { batchSize, rowsMax = Number.POSITIVE_INFINITY, onDevice = false }: ChunkLimits = {},
): number {
  const inCaches = Math.min(tokensMax / tokens, hiddenBytesMax / (4 * tokens * mlpWidth));
  const most = Math.max(Math.floor(Math.min(onDevice ? deviceRows : inCaches, rowsMax)), 1);
  return batchSize === undefined ? most : Math.ceil(batchSize / Math.ceil(batchSize / most));
}
