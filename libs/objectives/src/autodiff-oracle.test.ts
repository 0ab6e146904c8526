import '@holdfast/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ObjectiveSettings } from './contrastive-batch.js';
import { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import { applyNormalizers, createNormalizerState } from './normalizers.js';
import { randomBatch } from './test-support/random-batch.js';
import { weightedObjective } from './weighted-objective.js';

// The oracle works in float32: exp(s/t) at t = 0.1 has a relative error of 1e-6, and sums add a few.
const tolerance = { rtol: 2e-5, atol: 2e-6 };
const settings: ObjectiveSettings = {
  temperature: 0.1,
  movingAverage: 0.7,
  epsilon: 0.01,
  excludeSameCaption: false,
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/**
 * sum_ij w_ij d_ij with constant weights, whose gradient docs/algorithm/step.md gives; differentiated by TensorFlow.js.
 *
 * `mask` is [pairs, pairs], 1 where j is a negative of i; `image` and `text` are the normalizers s before
 * the step, [pairs].
 */
function differentiateByOracle(batch: TargetBatch, mask: number[][], s: number[]) {
  const pairs = batch.captions.length;
  const { movingAverage, temperature, epsilon } = settings;
  const select = tf.oneHot(tf.tensor1d(Array.from(batch.captions), 'int32'), 5).toFloat();
  const negatives = tf.tensor2d(mask);
  const counts = negatives.sum(1);
  const isAnchor = counts.greater(0).toFloat();
  const anchors = isAnchor.sum();
  const saved = tf.tensor1d(s);
  function surrogate(differences: tf.Tensor): tf.Tensor {
    const terms = differences.div(temperature).exp().mul(negatives);
    const means = terms.sum(1).div(counts.maximum(1));
    const s = saved.mul(1 - movingAverage).add(means.mul(movingAverage));
    const weights = terms.div(s.add(epsilon).expandDims(1)).div(counts.maximum(1).expandDims(1));
    const constant = tf.tensor(weights.dataSync(), weights.shape);
    return constant.mul(differences).sum().div(anchors);
  }
  const [images, texts] = [batch.imageEmbeddings, batch.textEmbeddings].map((m) =>
    tf.tensor2d(m.data, [m.rows, m.columns]),
  );
  const gradients = tf.grads((...[image, text]: tf.Tensor[]) => {
    const similarities = image!.matMul(select.matMul(text!).transpose());
    const own = similarities.mul(tf.eye(pairs)).sum(1).expandDims(1);
    return surrogate(similarities.sub(own)).add(surrogate(similarities.transpose().sub(own)));
  })([images!, texts!]);
  return { image: gradients[0]!.dataSync(), text: gradients[1]!.dataSync() };
}

/** Normalizers of all samples, the same for both directions. */
function visitedState(batch: TargetBatch, s: number[]) {
  const state = createNormalizerState();
  const logs = Float64Array.from(s, Math.log);
  applyNormalizers(state, {
    samples: Uint32Array.from(batch.samples),
    imageLogNormalizers: logs,
    textLogNormalizers: logs,
  });
  return state;
}

describe('an independent autodiff', () => {
  const s = [0.5, 0.1, 2, 0.03, 1, 0.4, 7, 0.2];

  it('agrees with the target objective at a later visit', () => {
    const batch = randomBatch(5);
    const mask = s.map((_, i) => s.map((_, j) => +(batch.positives[i]! && !batch.positives[j]!)));
    const expected = differentiateByOracle(batch, mask, s);
    const estimate = contrastiveObjective(batch, visitedState(batch, s), settings);
    expect(estimate.imageGradients.data).toBeAllclose(expected.image, tolerance);
    expect(estimate.textGradients.data).toBeAllclose(expected.text, tolerance);
  });

  it.each([false, true])('agrees with the joint objective, excludeSameCaption %s', (exclude) => {
    const batch = randomBatch(6);
    const { captions } = batch;
    const mask = s.map((_, i) =>
      s.map((_, j) => +(i !== j && !(exclude && captions[i] === captions[j]))),
    );
    const expected = differentiateByOracle(batch, mask, s);
    const estimate = jointObjective(batch, visitedState(batch, s), {
      ...settings,
      excludeSameCaption: exclude,
    });
    expect(estimate.imageGradients.data).toBeAllclose(expected.image, tolerance);
    expect(estimate.textGradients.data).toBeAllclose(expected.text, tolerance);
  });

  it('agrees with the weighted objective', () => {
    const batch = { ...randomBatch(7), protectedPairs: 3 };
    const { positives } = batch;
    const maskOf = (isNegative: (i: number, j: number) => boolean) =>
      s.map((_, i) => s.map((_, j) => +isNegative(i, j)));
    const target = differentiateByOracle(
      batch,
      maskOf((i, j) => i < 5 && j < 5 && positives[i]! && !positives[j]!),
      s,
    );
    const joint = differentiateByOracle(
      batch,
      maskOf((i, j) => i >= 5 && j >= 5 && i !== j),
      s,
    );
    const share = 0.7;
    const estimate = weightedObjective(batch, visitedState(batch, s), {
      ...settings,
      protectedShare: share,
    });
    const expected = (side: 'image' | 'text') =>
      Array.from(target[side], (x, i) => (1 - share) * x + share * joint[side][i]!);
    expect(estimate.imageGradients.data).toBeAllclose(expected('image'), tolerance);
    expect(estimate.textGradients.data).toBeAllclose(expected('text'), tolerance);
  });
});
