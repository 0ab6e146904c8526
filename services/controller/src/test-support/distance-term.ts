import { createMatrix } from '@holdfast/tensor';
import type { PlannedTerm, TermEmbeddings, TermEstimate, TermNeeds } from '../terms/term.js';

const needs: TermNeeds = {
  name: 'the distance to the reference',
  images: ['protected'],
  plainProtected: false,
  comparesReference: true,
  followsMeasurements: false,
};

/** weight/2n sum_i |e_i - e_i(old)|^2 over the n protected images of a step: they stay where they were. */
export function planDistance(weight: number): PlannedTerm {
  return {
    ...needs,
    open: async () => ({
      ...needs,
      layOut: () => ({
        texts: [],
        estimate: (_step, embeddings) => estimateDistance(weight, embeddings),
      }),
    }),
  };
}

async function estimateDistance(
  weight: number,
  { images, texts, omitImageGradients, reference }: TermEmbeddings,
): Promise<TermEstimate> {
  const old = await reference();
  const moved = images.data.map((element, i) => element - old.images.data[i]!);
  const scale = weight / images.rows;
  return {
    value: (scale / 2) * moved.reduce((sum, x) => sum + x * x, 0),
    imageGradients: omitImageGradients
      ? createMatrix(0, images.columns)
      : createMatrix(
          images.rows,
          images.columns,
          moved.map((x) => scale * x),
        ),
    textGradients: createMatrix(0, texts.columns),
  };
}
