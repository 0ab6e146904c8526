import type { ClipConfig, TowerConfig } from '@holdfast/clip';

/** Larger chunks gain little, and waste more on the padding of the last one. */
const chunkSizeMax = 32;

/** Patches of an image. */
export function countPatches({ vision }: ClipConfig): number {
  return (vision.imageSize / vision.patchSize) ** 2;
}

/**
 * Rows for a session to take at once: as many as keep their activations in a quarter of the budget, so
 * that two passes are not forced by the size of one chunk; at least 1, at most 32.
 *
 * Whoever knows the training batch does better: batch / ceil(batch / 96), rounded up, pads nothing.
 */
export function chooseChunkSize(
  { width, mlpWidth, layers, heads }: TowerConfig,
  tokens: number,
  activationBudgetBytes: number,
): number {
  // Eight tensors of the width of a token, the hidden layer and the attention weights.
  const rowBytes = 4 * layers * tokens * (8 * width + mlpWidth + heads * tokens);
  const rows = Math.floor(activationBudgetBytes / 4 / rowBytes);
  return Math.min(Math.max(rows, 1), chunkSizeMax);
}
