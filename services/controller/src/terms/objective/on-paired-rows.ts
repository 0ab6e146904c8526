import { createMatrix, type Matrix, scatterAddRows, selectRows } from '@holdfast/tensor';
import type { TermEmbeddings, TermEstimate } from '../term.js';
import type { Pair } from './pairings.js';

/**
 * Estimates a term from the rows of the images that are in pairs; the others have no gradient.
 *
 * Shapes: `estimate` is given [pairs, d], the answer's image gradients have a row for every image.
 */
export async function onPairedRows(
  pairs: readonly Pair[],
  { images, omitImageGradients }: Pick<TermEmbeddings, 'images' | 'omitImageGradients'>,
  estimate: (images: Matrix) => Promise<TermEstimate>,
): Promise<TermEstimate> {
  if (pairs.length === images.rows) return estimate(images);
  const rows = pairs.map(({ row }) => row);
  const found = await estimate(selectRows(images, rows));
  if (omitImageGradients) return found;
  const imageGradients = createMatrix(images.rows, images.columns);
  scatterAddRows(imageGradients, rows, found.imageGradients);
  return { ...found, imageGradients };
}
