import { createMatrix, type Matrix, scatterAddRows } from '@holdfast/tensor';
import type { Embeddings, TermEstimate } from './term.js';

/** Where a term's rows stand among those of its step. */
export interface TermRows {
  readonly imageRows: readonly number[];
  readonly textRows: readonly number[];
}

/** A term's gradients and where they belong. */
export type PlacedEstimate = TermRows & Pick<TermEstimate, 'imageGradients' | 'textGradients'>;

/** The gradient of a sum of terms. */
export interface GradientSum {
  /** [images, d]; undefined where nothing of the images trains. */
  readonly images: Matrix | undefined;
  /** [texts, d]. */
  readonly texts: Matrix;
}

/** The gradient of a sum of terms with respect to the embeddings of a step: added row by row, in the order of the terms. */
export function sumGradients(
  { images, texts }: Embeddings,
  estimates: readonly PlacedEstimate[],
  { omitImages }: { readonly omitImages: boolean },
): GradientSum {
  const imageGradients = omitImages ? undefined : createMatrix(images.rows, images.columns);
  const textGradients = createMatrix(texts.rows, texts.columns);
  for (const estimate of estimates) {
    if (imageGradients !== undefined) {
      scatterAddRows(imageGradients, estimate.imageRows, estimate.imageGradients);
    }
    scatterAddRows(textGradients, estimate.textRows, estimate.textGradients);
  }
  return { images: imageGradients, texts: textGradients };
}
