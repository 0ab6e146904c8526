import type { ArrayName, GradientArray } from '../memory/array-name.js';
import type { Tensor } from '../native/onnxruntime.js';

/** How a tower turns its batch into tokens, for the buffers of one chunk. */
export interface TowerInput<Batch> {
  /** Reads rows from `start` on and fills the first block's input. */
  forward(array: ArrayName, batch: Batch, start: number): Promise<void>;
  /** Adds the embedding parameters' gradients to `target`, given that of the first block's input. */
  backward(array: ArrayName, target: GradientArray): Promise<void>;
  /**
   * The gradient of the rows themselves, given that of the first block's input, as a view that the next call
   * overwrites; absent where rows are no numbers, or none goes back as far.
   */
  readonly differentiate?: (array: ArrayName) => Promise<Float32Array>;
  /** Position that stands for each row, [rows]; valid after `forward`. */
  readonly positions: Int32Array;
  /** Head of each row, [rows]; valid after `forward`. */
  readonly heads: Int32Array;
}

/** Where an input writes, and where its gradient comes from. */
export interface TowerInputBuffers {
  /** The first block's input, [tokens, rows, width]. */
  readonly x: Tensor;
  /** Its gradient; absent where nothing goes back. */
  readonly dx?: Tensor;
}
