import { twoWayDistillation } from '@holdfast/objectives';
import type { Plan } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, scaleMatrix } from '@holdfast/tensor';
import type {
  Caption,
  PlannedTerm,
  TermEmbeddings,
  TermEstimate,
  TermNeeds,
  TermRun,
} from '../term.js';

const needs: TermNeeds = {
  name: 'the distillation',
  images: ['unlabelled'],
  plainProtected: false,
  comparesReference: true,
  followsMeasurements: false,
};

/**
 * weight tau times the two-way distillation of the step's images without labels and texts (docs/algorithm/distillation.md).
 * Undefined where the plan has none.
 */
export function planUnlabelled({ distillation: planned }: Plan): PlannedTerm | undefined {
  if (planned?.unlabelled === undefined) return undefined;
  const open = async (run: TermRun) => {
    // Texts belong to no class, and have no head.
    const captions = run.distilled!.texts.map((text): Caption => ({ text, head: -1 }));
    return {
      ...needs,
      layOut: ({ unlabelledTexts }: StepDraw) => ({
        texts: unlabelledTexts.map((text) => captions[text]!),
        estimate: (_step: number, embeddings: TermEmbeddings) => estimate(run.plan, embeddings),
      }),
    };
  };
  return { ...needs, open };
}

async function estimate(
  { distillation: planned, objective: { contrastiveTemperature: tau } }: Plan,
  { images, texts, omitImageGradients, reference }: TermEmbeddings,
): Promise<TermEstimate> {
  const { weight, temperature } = planned!;
  const old = await reference();
  const { value, imageGradients, classGradients } = twoWayDistillation(
    { images, classes: texts },
    { images: old.images, classes: old.texts },
    { temperature: temperature * tau },
  );
  const share = weight * tau;
  return {
    value: share * value,
    imageGradients: omitImageGradients
      ? createMatrix(0, images.columns)
      : scaleMatrix(share, imageGradients),
    textGradients: scaleMatrix(share, classGradients),
  };
}
