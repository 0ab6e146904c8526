import { differentiateCentrally } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { ObjectiveSettings } from './contrastive-batch.js';
import { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import { createNormalizerState } from './normalizers.js';
import { randomBatch } from './test-support/random-batch.js';
import { weightedObjective } from './weighted-objective.js';

const exact: ObjectiveSettings = {
  temperature: 0.2,
  movingAverage: 1,
  epsilon: 0,
  excludeSameCaption: false,
};

/** The same value as the objectives', written as the formula reads. */
function valueByFormula(batch: TargetBatch, isNegative: (i: number, j: number) => boolean): number {
  const { imageEmbeddings: images, textEmbeddings: texts, captions } = batch;
  const similarity = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < images.columns; k += 1) {
      sum += images.data[i * images.columns + k]! * texts.data[captions[j]! * images.columns + k]!;
    }
    return sum;
  };
  const t = exact.temperature;
  const pairs = Array.from({ length: images.rows }, (_, i) => i);
  const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const terms = pairs.map((i) => {
    const negatives = pairs.filter((j) => isNegative(i, j));
    const own = similarity(i, i);
    const image = mean(negatives.map((j) => Math.exp((similarity(i, j) - own) / t)));
    const text = mean(negatives.map((j) => Math.exp((similarity(j, i) - own) / t)));
    return t * Math.log(image) + t * Math.log(text);
  });
  return mean(terms.filter((term) => !Number.isNaN(term)));
}

/** The last four pairs are the protected ones. */
const share = 0.3;
const weighted = (batch: TargetBatch) =>
  weightedObjective({ ...batch, protectedPairs: 4 }, createNormalizerState(), {
    ...exact,
    protectedShare: share,
  });

const isTargetNegative = ({ positives }: TargetBatch, i: number, j: number) =>
  Boolean(positives[i]) && !positives[j];

const objectives = [
  {
    name: 'target objective',
    value: (batch: TargetBatch) => contrastiveObjective(batch, createNormalizerState(), exact),
    formula: (batch: TargetBatch) => valueByFormula(batch, (i, j) => isTargetNegative(batch, i, j)),
  },
  {
    name: 'joint objective',
    value: (batch: TargetBatch) => jointObjective(batch, createNormalizerState(), exact),
    formula: (batch: TargetBatch) => valueByFormula(batch, (i, j) => i !== j),
  },
  {
    name: 'joint objective without negatives of the same caption',
    value: (batch: TargetBatch) =>
      jointObjective(batch, createNormalizerState(), { ...exact, excludeSameCaption: true }),
    formula: (batch: TargetBatch) =>
      valueByFormula(batch, (i, j) => batch.captions[i] !== batch.captions[j]),
  },
  {
    name: 'weighted objective',
    value: weighted,
    formula: (batch: TargetBatch) =>
      (1 - share) *
        valueByFormula(batch, (i, j) => i < 4 && j < 4 && isTargetNegative(batch, i, j)) +
      share * valueByFormula(batch, (i, j) => i >= 4 && j >= 4 && i !== j),
  },
];

describe.each(objectives)('$name', ({ value, formula }) => {
  it('has the value of its formula', () => {
    const batch = randomBatch(1);
    // Both in float64; only the order of sums differs.
    expect(value(batch).value).toBeAllclose(formula(batch), { rtol: 1e-12 });
  });

  it('has the gradient of F on the batch when the moving average is 1 and epsilon 0', () => {
    const batch = randomBatch(2);
    const { imageGradients, textGradients } = value(batch);
    // Second order in the step: (2^-12 / 0.2)^2 / 6 = 2.5e-7 of a slope of order 1; gradients are float32.
    const tolerance = { rtol: 1e-6, atol: 1e-6 };
    expect(imageGradients.data).toBeAllclose(
      differentiateCentrally(batch.imageEmbeddings.data, () => value(batch).value),
      tolerance,
    );
    expect(textGradients.data).toBeAllclose(
      differentiateCentrally(batch.textEmbeddings.data, () => value(batch).value),
      tolerance,
    );
  });

  it('has it too where a sample comes twice', () => {
    const batch = { ...randomBatch(3), samples: [5, 3, 9, 5, 2, 40, 3, 8] };
    expect(value(batch).imageGradients.data).toBeAllclose(
      differentiateCentrally(batch.imageEmbeddings.data, () => value(batch).value),
      { rtol: 1e-6, atol: 1e-6 },
    );
  });
});
