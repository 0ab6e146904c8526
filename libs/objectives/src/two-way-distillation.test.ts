import { drawUnitRows, type Matrix } from '@holdfast/tensor';
import { differentiateCentrally } from '@holdfast/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { EmbeddedExamples } from './distillation.js';
import { twoWayDistillation } from './two-way-distillation.js';

const settings = { temperature: 0.2 };

const draw = (seed: number): EmbeddedExamples => ({
  images: drawUnitRows(5, 6, seed),
  classes: drawUnitRows(3, 6, seed + 1),
});

/** The mean divergence of `of` among `among`, by TensorFlow.js. */
function meanDivergence(own: [Matrix, Matrix], old: [Matrix, Matrix]): number {
  const tensor = ({ rows, columns, data }: Matrix) => tf.tensor2d(data, [rows, columns]);
  const answers = ([of, among]: [Matrix, Matrix]) =>
    tf.logSoftmax(tf.matMul(tensor(of), tensor(among), false, true).div(settings.temperature));
  const [p, q] = [answers(own), answers(old)];
  return tf.exp(q).mul(q.sub(p)).sum(1).mean().dataSync()[0]!;
}

it('is the mean of both ways, each in the mean of its rows', () => {
  const [own, old] = [draw(1), draw(3)];
  const images = meanDivergence([own.images, own.classes], [old.images, old.classes]);
  const texts = meanDivergence([own.classes, own.images], [old.classes, old.images]);
  expect(Math.abs(images - texts)).toBeGreaterThan(0.01);
  const { value } = twoWayDistillation(own, old, settings);
  expect(value).toBeCloseTo((images + texts) / 2, 5);
});

it('has the slope of its value, and none where both models are one', () => {
  const [own, old] = [draw(5), draw(7)];
  const value = () => twoWayDistillation(own, old, settings).value;
  const { imageGradients, classGradients } = twoWayDistillation(own, old, settings);
  const tolerance = { rtol: 1e-6, atol: 1e-5 };
  expect(imageGradients.data).toBeAllclose(
    differentiateCentrally(own.images.data, value),
    tolerance,
  );
  expect(classGradients.data).toBeAllclose(
    differentiateCentrally(own.classes.data, value),
    tolerance,
  );
  const same = twoWayDistillation(own, own, settings);
  expect(same.value).toBe(0);
  expect([...same.imageGradients.data, ...same.classGradients.data].every((x) => x === 0)).toBe(
    true,
  );
});
