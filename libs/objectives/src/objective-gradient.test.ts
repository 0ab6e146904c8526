import { differentiateCentrally } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { ObjectiveSettings } from './contrastive-batch.js';
import { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import { createNormalizerState } from './normalizers.js';
import { randomBatch } from './test-support/random-batch.js';

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

const objectives = [
  {
    name: 'target objective',
    value: (batch: TargetBatch) => contrastiveObjective(batch, createNormalizerState(), exact),
    isNegative: (batch: TargetBatch, i: number, j: number) =>
      batch.positives[i]! && !batch.positives[j]!,
  },
  {
    name: 'joint objective',
    value: (batch: TargetBatch) => jointObjective(batch, createNormalizerState(), exact),
    isNegative: (_: TargetBatch, i: number, j: number) => i !== j,
  },
  {
    name: 'joint objective without negatives of the same caption',
    value: (batch: TargetBatch) =>
      jointObjective(batch, createNormalizerState(), { ...exact, excludeSameCaption: true }),
    isNegative: (batch: TargetBatch, i: number, j: number) =>
      batch.captions[i] !== batch.captions[j],
  },
];

describe.each(objectives)('$name', ({ value, isNegative }) => {
  it('has the value of its formula', () => {
    const batch = randomBatch(1);
    // Both in float64; only the order of sums differs.
    expect(value(batch).value).toBeAllclose(
      valueByFormula(batch, (i, j) => isNegative(batch, i, j)),
      { rtol: 1e-12 },
    );
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
