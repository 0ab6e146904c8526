/** Images as the vision tower takes them. */
export interface ImageBatch {
  readonly count: number;
  /** [count, 3, size, size], normalised. */
  readonly pixels: Float32Array;
}

/** What the frozen part of a tower gives for a batch. */
export interface FeatureBatch {
  readonly count: number;
  /** [count, size]; `size` is that of what `extractFeatures` answers. */
  readonly features: Float32Array;
  /** [count] head of each text, -1 for none; absent for images. */
  readonly heads?: Int32Array;
}

/** Texts as the text tower takes them. */
export interface TextBatch {
  readonly count: number;
  /** [count, context length] ids. */
  readonly tokens: Int32Array;
  /** [count] head of each text, -1 for none. */
  readonly heads: Int32Array;
}

/**
 * Copies rows start, start + 1, ... of `from` [n, size] into `to` [rows, size] and clears the rest.
 *
 * A padded row must be finite and the same in every batch: it takes part in the computation, and its
 * gradient is 0 only if nothing in it is NaN.
 */
export function copyChunk<T extends Float32Array | Int32Array>(
  from: T,
  to: T,
  { start, size, padding = 0 }: { start: number; size: number; padding?: number },
): void {
  const part = from.subarray(start * size, Math.min(start * size + to.length, from.length));
  to.set(part as never);
  to.fill(padding, part.length);
}
