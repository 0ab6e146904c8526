import type { Tensor } from 'onnxruntime-node';
import type { ArrayName } from '../memory/array-name.js';

/** How a tower turns its batch into tokens, for the buffers of one chunk. */
export interface TowerInput<Batch> {
  /** Reads rows from `start` on and fills the first block's input. */
  forward(array: ArrayName, batch: Batch, start: number): Promise<void>;
  /** Adds the embedding parameters' gradients, given that of the first block's input. */
  backward(array: ArrayName): Promise<void>;
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
