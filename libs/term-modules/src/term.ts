import type { Matrix } from '@holdfast/tensor';
import type { TermOptions } from './term-module.js';

/** What a module is to be. */
export type TermKind = 'objective' | 'constraint';

/** A user's module, and how it is called. */
export interface TermDescription {
  /** Names it in messages. */
  readonly name: string;
  readonly kind: TermKind;
  /** One ES module, as text. */
  readonly source: string;
  readonly options: TermOptions;
  readonly temperature: number;
  /** Milliseconds that loading it and each of its calls may take. */
  readonly timeLimitMs: number;
}

/** Rows and columns of the batches to come. */
export interface TermSizes {
  readonly images: number;
  /** Captions of an objective, classes of a constraint. */
  readonly texts: number;
  readonly columns: number;
}

/** What a term is evaluated on; embeddings are normalised. */
export interface TermBatch {
  readonly step: number;
  /** [images, columns]. */
  readonly images: Matrix;
  /** [texts, columns]: captions of an objective, classes of a constraint. */
  readonly texts: Matrix;
  /** [images]: rows of `texts`, the caption or the class of each image. */
  readonly labels: ArrayLike<number>;
  /** [images], of an objective: which pairs are the target's. */
  readonly positives?: readonly boolean[];
  /** Of a constraint: the same embedded by the reference model. */
  readonly reference?: { readonly images: Matrix; readonly texts: Matrix } | undefined;
}

/** A term's value and gradients. */
export interface Evaluation {
  readonly value: number;
  /** [images, columns]. */
  readonly imageGradients: Float32Array;
  /** [texts, columns]. */
  readonly textGradients: Float32Array;
  /** Which inputs the value depends on; the gradient with respect to the other one is zero. */
  readonly differentiable: { readonly images: boolean; readonly texts: boolean };
  /** Milliseconds it took in its thread. */
  readonly durationMs: number;
}
