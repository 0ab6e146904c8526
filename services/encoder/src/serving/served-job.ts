import type { ServedModel } from './served-model.js';

/** Images that are ready for a batch. */
export interface ImageRows {
  readonly count: number;
  /** Writes the tower's input of one image. */
  fill(row: number, pixels: Float32Array): void;
}

/** Texts that are ready for a batch. */
export interface TextRows {
  readonly count: number;
  /** [count, context length] ids. */
  readonly tokens: Int32Array;
  /** [count] head of each text, -1 for none. */
  readonly heads: Int32Array;
  /** Tokens that each text costs. */
  readonly lengths: Int32Array;
}

/** What one request wants of the engine. */
export interface ServedJob {
  readonly served: ServedModel;
  readonly images: ImageRows | undefined;
  readonly texts: TextRows | undefined;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** What the engine made of it. */
export interface EmbeddedJob {
  /** [images, d]. */
  readonly images: Float32Array;
  /** [texts, d]. */
  readonly texts: Float32Array;
  readonly waitedMs: number;
  readonly computedMs: number;
}
