import type { ClipConfig, TowerConfig } from '@holdfast/clip';

/** What limits a chunk. */
export interface ChunkLimits {
  readonly activationBudgetBytes: number;
  /** Rows beyond which a chunk leaves the processor's caches. */
  readonly rowsMax: number;
  /** Rows of a training step, where they are known. */
  readonly batchSize?: number | undefined;
}

/** Below 30 images calls weigh in, above 60 the caches run over: 39 and 52 were fastest (docs/performance.md). */
export const imageRowsMax = 52;

/** A step has few texts, once equal ones are merged, and how many varies: a smaller chunk pads less. */
export const textRowsMax = 24;

/** Patches of an image. */
export function countPatches({ vision }: ClipConfig): number {
  return (vision.imageSize / vision.patchSize) ** 2;
}

/**
 * Rows for a session to take at once: as many as keep their activations in a quarter of the budget, so
 * that two passes are not forced by the size of one chunk; at least 1, at most `rowsMax`. Chunks of a
 * known batch divide it evenly, so that the last one is not padded.
 */
export function chooseChunkSize(
  { width, mlpWidth, layers, heads }: TowerConfig,
  tokens: number,
  { activationBudgetBytes, rowsMax, batchSize }: ChunkLimits,
): number {
  // Eight tensors of the width of a token, the hidden layer and the attention weights.
  const rowBytes = 4 * layers * tokens * (8 * width + mlpWidth + heads * tokens);
  const rows = Math.floor(activationBudgetBytes / 4 / rowBytes);
  const most = Math.min(Math.max(rows, 1), rowsMax);
  return batchSize === undefined ? most : Math.ceil(batchSize / Math.ceil(batchSize / most));
}
