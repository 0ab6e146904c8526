/**
 * Buffers for pixels, handed to the engine and given back by it.
 *
 * A step's pixels are megabytes: as garbage in the engine's thread they made its collector run every
 * few steps, for a twentieth of a small model's step.
 */
export interface PixelBuffers {
  /** A buffer of this many elements, with whatever it holds. */
  take(elements: number): Float32Array;
  /** Keeps a buffer for the next one who asks for its size. */
  giveBack(pixels: Float32Array): void;
}

/** Larger ones belong to whole evaluations and are not worth their memory. */
const elementsMax = 2 ** 23;
/** A step has two sizes at the most: its own batch and the reference's. */
const sizesMax = 2;

/** Makes an empty store; it keeps one buffer of each of the last sizes. */
export function createPixelBuffers(): PixelBuffers {
  const spare = new Map<number, Float32Array>();
  return {
    take(elements) {
      const pixels = spare.get(elements) ?? new Float32Array(elements);
      spare.delete(elements);
      return pixels;
    },
    giveBack(pixels) {
      if (pixels.length > elementsMax) return;
      spare.delete(pixels.length);
      spare.set(pixels.length, pixels);
      const [oldest] = spare.keys();
      if (spare.size > sizesMax) spare.delete(oldest!);
    },
  };
}
