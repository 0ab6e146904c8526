import type { GradientArray } from '../memory/array-name.js';

/** What a batch's way back starts from, and where it ends. */
export interface WayBack {
  /** With respect to the batch's embeddings, [count, d]. */
  readonly gradients: Float32Array;
  /** The array that the parameters' gradients are added to. */
  readonly target: GradientArray;
  /** Filled with the gradients of the batch's pixels, [count, 3, size, size]; absent where nobody asks for them. */
  readonly pixelGradients?: Float32Array;
}
