import type { Keeping } from '../graphs/build-piece-graphs.js';

/**
 * How a batch goes forward and back. All ways compute the same bits.
 *
 * - 1 pass, `activations`: everything is kept, nothing is computed twice.
 * - 1 pass, `checkpoints`: each block's input and checkpoints are kept, the rest is computed again.
 * - 2 passes: forward to the embeddings, then chunk after chunk forward again and back, keeping one
 *   chunk's activations or checkpoints.
 */
export interface Passing {
  readonly passes: 1 | 2;
  readonly keeping: Keeping;
}

/** Bytes that the batch and one chunk of it would keep. */
export type CountKeptBytes = (extent: 'batch' | 'chunk', keeping: Keeping) => number;

/** What decides how a batch goes. */
export interface PassingLimits {
  readonly budgetBytes: number;
  /** Whether computing again costs less than keeping: where what is kept crosses to a device and back. */
  readonly prefersCheckpoints: boolean;
}

/** The way that costs least among those whose kept values fit the budget; the last one in any case. */
export function choosePassing(
  countBytes: CountKeptBytes,
  { budgetBytes, prefersCheckpoints }: PassingLimits,
): Passing {
  const fits = (extent: 'batch' | 'chunk', keeping: Keeping) =>
    !(prefersCheckpoints && keeping === 'activations') &&
    countBytes(extent, keeping) <= budgetBytes;
  if (fits('batch', 'activations')) return { passes: 1, keeping: 'activations' };
  if (fits('batch', 'checkpoints')) return { passes: 1, keeping: 'checkpoints' };
  return { passes: 2, keeping: fits('chunk', 'activations') ? 'activations' : 'checkpoints' };
}
