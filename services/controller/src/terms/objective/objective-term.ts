import type { Plan } from '@holdfast/plan';
import { Objective, type ObjectiveSettings } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { fromMatrix, listEnumNames, toMatrix } from '@holdfast/run-kit';
import type { StepDraw } from '@holdfast/sampling';
import { createCaptionList } from '../caption-list.js';
import type { PlannedTerm, TermBatch, TermNeeds, TermRun } from '../term.js';
import { onPairedRows } from './on-paired-rows.js';
import { type Pair, pairings } from './pairings.js';

const wireObjectives = listEnumNames(Objective, 'OBJECTIVE');

/** 2^-23: keeps a normalizer's reciprocal finite (docs/algorithm/step.md). */
const normalizerEpsilon = 2 ** -23;

/** What the optimizer service needs to know of a plan's objective. */
export function toObjectiveSettings({ objective }: Plan): ObjectiveSettings {
  return {
    objective: wireObjectives.get(objective.kind)!,
    temperature: objective.contrastiveTemperature,
    movingAverage: objective.objectiveMovingAverage,
    excludeSameCaption: objective.excludeSameCaption,
    epsilon: normalizerEpsilon,
    protectedShare: objective.protectedShare ?? 0,
  };
}

/**
 * The contrastive objective F over a step's pairs (docs/algorithm/objective.md). The optimizer estimates it, and keeps
 * its normalizers with the weights.
 */
export function planObjective({ objective }: Plan): PlannedTerm {
  const { images, pair } = pairings[objective.kind];
  const needs: TermNeeds = {
    name: 'the objective',
    images,
    plainProtected: false,
    comparesReference: false,
    followsMeasurements: false,
  };
  const open = async (run: TermRun) => ({
    ...needs,
    layOut: (draw: StepDraw) => contrast(run, pair(run, draw)),
  });
  return { ...needs, open };
}

function contrast({ runId, clients }: TermRun, pairs: readonly Pair[]): TermBatch {
  const { captions, add } = createCaptionList();
  const places = pairs.map(({ caption }) => add(caption));
  return {
    texts: captions,
    estimate: (step, { images, texts, omitImageGradients }) =>
      onPairedRows(pairs, { images, omitImageGradients }, async (paired) => {
        const estimate = await clients.optimizer.estimateObjective({
          runId,
          step,
          imageEmbeddings: fromMatrix(paired),
          textEmbeddings: fromMatrix(texts),
          samples: pairs.map(({ sample }) => sample),
          captions: places,
          positives: pairs.map(({ positive }) => positive),
          omitImageGradients,
          protectedPairs: pairs.filter((pair) => pair.protected).length,
        });
        return {
          value: estimate.value,
          imageGradients: toMatrix(estimate.imageGradients, 'image_gradients'),
          textGradients: toMatrix(estimate.textGradients, 'text_gradients'),
          log: { objective: estimate.value },
        };
      }),
  };
}
