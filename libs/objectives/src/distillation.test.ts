import { createMatrix, drawUnitRows } from '@holdfast/tensor';
import { differentiateCentrally } from '@holdfast/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type DistillationBatch, type DistillationSettings, distillation } from './distillation.js';

const settings: DistillationSettings = { temperature: 0.2 };
const labels = [0, 2, 1, 4, 3, 0, 2];

function drawBatch(seed: number): DistillationBatch {
  return {
    images: drawUnitRows(labels.length, 6, seed),
    classes: drawUnitRows(5, 6, seed + 1),
    reference: {
      images: drawUnitRows(labels.length, 6, seed + 2),
      classes: drawUnitRows(5, 6, seed + 3),
    },
    labels,
  };
}

/** By TensorFlow.js: the value and both gradients, of the examples that count. */
function byTensors({ images, classes, reference }: DistillationBatch, counts: readonly number[]) {
  const tensor = ({ rows, columns, data }: typeof images) => tf.tensor2d(data, [rows, columns]);
  const answers = (i: tf.Tensor2D, c: tf.Tensor2D) =>
    tf.logSoftmax(tf.matMul(i, c, false, true).div(settings.temperature));
  const q = answers(tensor(reference.images), tensor(reference.classes));
  const value = (i: tf.Tensor2D, c: tf.Tensor2D) =>
    tf
      .exp(q)
      .mul(q.sub(answers(i, c)))
      .sum(1)
      .mul(tf.tensor1d([...counts]))
      .sum() as tf.Scalar;
  const gradients = tf.grads((i, c) => value(i as tf.Tensor2D, c as tf.Tensor2D));
  const [byImage, byClass] = gradients([tensor(images), tensor(classes)]);
  return {
    value: value(tensor(images), tensor(classes)).dataSync()[0]!,
    byImage: byImage!.dataSync(),
    byClass: byClass!.dataSync(),
  };
}

describe('distillation', () => {
  it('is zero with a zero gradient where both models are one', () => {
    const { images, classes } = drawBatch(1);
    const batch = { images, classes, reference: { images, classes }, labels };
    const { value, imageGradients, classGradients } = distillation(batch, settings);
    expect(value).toBe(0);
    expect(imageGradients.data.every((x) => x === 0)).toBe(true);
    expect(classGradients.data.every((x) => x === 0)).toBe(true);
  });

  it.each(['all', 'right'] as const)('of %s examples has the slope of its value', (examples) => {
    const drawn = drawBatch(5);
    const batch = examples === 'all' ? { ...drawn, labels: undefined } : drawn;
    const value = () => distillation(batch, settings).value;
    const { imageGradients, classGradients } = distillation(batch, settings);
    const tolerance = { rtol: 1e-6, atol: 1e-5 };
    expect(imageGradients.data).toBeAllclose(
      differentiateCentrally(batch.images.data, value),
      tolerance,
    );
    expect(classGradients.data).toBeAllclose(
      differentiateCentrally(batch.classes.data, value),
      tolerance,
    );
  });

  it('is what TensorFlow.js makes of the formula', () => {
    const batch = drawBatch(9);
    const found = distillation({ ...batch, labels: undefined }, settings);
    const expected = byTensors(
      batch,
      labels.map(() => 1),
    );
    const tolerance = { rtol: 1e-4, atol: 1e-4 };
    expect([found.value]).toBeAllclose([expected.value], tolerance);
    expect(found.imageGradients.data).toBeAllclose(expected.byImage, tolerance);
    expect(found.classGradients.data).toBeAllclose(expected.byClass, tolerance);
  });

  it('leaves out what the old model gets wrong, where only right examples count', () => {
    const { images, classes } = drawBatch(13);
    // The old model answers each example's class but for the last two.
    const prompts = createMatrix(5, 5);
    for (let c = 0; c < 5; c += 1) prompts.data[6 * c] = 1;
    const old = createMatrix(labels.length, 5);
    labels.forEach((label, i) => {
      old.data[5 * i + (i < 5 ? label : (label + 1) % 5)] = 1;
    });
    const batch = { images, classes, reference: { images: old, classes: prompts }, labels };
    const found = distillation(batch, settings);
    const expected = byTensors(batch, [1, 1, 1, 1, 1, 0, 0]);
    expect([found.value]).toBeAllclose([expected.value], { rtol: 1e-4 });
    expect(found.imageGradients.data.slice(-12).every((x) => x === 0)).toBe(true);
  });

  it('refuses what does not fit together, and weights that diverged', () => {
    const batch = drawBatch(17);
    expect(() => distillation({ ...batch, labels: [0] }, settings)).toThrow(RangeError);
    expect(() => distillation(batch, { ...settings, temperature: 0 })).toThrow('not above 0');
    batch.images.data[3] = Number.NaN;
    expect(() => distillation({ ...batch, labels: undefined }, settings)).toThrow('diverged');
  });
});
