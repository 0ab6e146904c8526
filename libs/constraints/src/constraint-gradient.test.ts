import { differentiateCentrally } from '@holdfast/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { canHoldCeilings } from './can-hold-ceilings.js';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintSettings } from './constraint-settings.js';
import { createConstraintState } from './constraint-state.js';
import { driveNames } from './drives.js';
import { estimateConstraints } from './estimate-constraints.js';
import { computeReferences, createReferences } from './references.js';
import type { ConstraintBatch } from './task-batch.js';
import { randomBatch, settings, tasks } from './test-support/random-constraint.js';

const temperatures = [0.2, 0.3, 0.15];

const ceilings = tasks.map((task) => ({ ...task, ceiling: true }));

function estimate(
  batch: ConstraintBatch,
  changes: Partial<ConstraintSettings>,
  held: readonly ConstrainedTask[] = tasks,
  // Another model as reference: some of the examples are right there, some wrong.
  old: ConstraintBatch = randomBatch(50),
) {
  const changed = { ...settings, ...changes };
  const fitted = {
    ...createReferences(tasks, changed),
    temperatures: Float64Array.from(temperatures),
  };
  const references = computeReferences(fitted, tasks, { ...old, tasks: batch.tasks });
  const state = createConstraintState(tasks.length, changed);
  return estimateConstraints({
    tasks: held,
    settings: changed,
    state,
    batch,
    references,
    temperatures,
    step: 0,
  });
}

// Second order in the step: (2^-12 / 0.15)^2 / 6 = 4e-7 of slopes of order 10; gradients are float32.
const tolerance = { rtol: 1e-6, atol: 5e-6 };

describe.each(driveNames)('drive %s', (drive) => {
  // With the fixed penalty, and with multipliers, the weights do not depend on the embeddings.
  it('has the gradient of its value', () => {
    const batch = randomBatch(3);
    const { imageGradients, classGradients } = estimate(batch, { drive });
    expect(imageGradients.data).toBeAllclose(
      differentiateCentrally(batch.imageEmbeddings.data, () => estimate(batch, { drive }).value),
      tolerance,
    );
    expect(classGradients.data).toBeAllclose(
      differentiateCentrally(batch.classEmbeddings.data, () => estimate(batch, { drive }).value),
      tolerance,
    );
  });
});

it('has what each task gives to the gradients of the classes, where that is asked for', () => {
  const batch = randomBatch(3);
  const { classGradients, taskClassGradients, tasks: found } = estimate(batch, {});
  expect(taskClassGradients).toEqual([]);
  const apart = estimate({ ...batch, apart: true }, {});
  expect(apart.classGradients).toEqual(classGradients);
  expect(apart.taskClassGradients).toHaveLength(found.length);
  const sums = classGradients.data.map((_, i) =>
    apart.taskClassGradients.reduce((sum, { data }) => sum + data[i]!, 0),
  );
  expect(sums).toBeAllclose(classGradients.data, { rtol: 1e-6, atol: 1e-7 });
  // A task alone has a third of the weight of three.
  const [first] = batch.tasks;
  const alone = estimate({ ...batch, tasks: [first!] }, {});
  const share = alone.classGradients.data.map((x) => x / found.length);
  expect(apart.taskClassGradients[0]!.data).toBeAllclose(share, { rtol: 1e-6, atol: 1e-7 });
});

describe.each(driveNames)('a ceiling under the drive %s', (drive) => {
  it('has the gradient of its value', () => {
    const batch = randomBatch(3);
    const value = () => estimate(batch, { drive }, ceilings).value;
    const { imageGradients, classGradients } = estimate(batch, { drive }, ceilings);
    expect(imageGradients.data.some((x) => x !== 0)).toBe(true);
    expect(imageGradients.data).toBeAllclose(
      differentiateCentrally(batch.imageEmbeddings.data, value),
      tolerance,
    );
    expect(classGradients.data).toBeAllclose(
      differentiateCentrally(batch.classEmbeddings.data, value),
      tolerance,
    );
  });

  it('is violated by what both models exchanged would lose, and pushes the loss up', () => {
    const [batch, old] = [randomBatch(3), randomBatch(50)];
    const grown = estimate(batch, { drive }, ceilings, old).tasks;
    const lost = estimate(old, { drive }, tasks, batch).tasks;
    expect(grown.map(({ batchValue }) => batchValue)).toEqual(
      lost.map(({ batchValue }) => batchValue),
    );
    expect(grown.some(({ batchValue }) => Math.abs(batchValue) > 0.01)).toBe(true);
    const { imageGradients } = estimate(batch, { drive }, ceilings);
    const moved = batch.imageEmbeddings.data.map((x, i) => x - 1e-3 * imageGradients.data[i]!);
    const after = { ...batch, imageEmbeddings: { ...batch.imageEmbeddings, data: moved } };
    const lossOf = (asked: ConstraintBatch) =>
      estimate(asked, { drive }, ceilings).tasks.reduce((sum, { taskLoss }) => sum + taskLoss, 0);
    expect(lossOf(after)).toBeGreaterThan(lossOf(batch));
  });
});

it('pushes a ceiling with a weight that is never 0 only where the candidate is right', () => {
  const batch = randomBatch(3);
  const right = computeReferences(createReferences(tasks, settings), tasks, batch);
  for (const drive of ['measured', 'accuracy', 'flips'] as const) {
    const { imageGradients } = estimate(batch, { drive }, ceilings);
    const touched = new Set(
      Array.from({ length: 9 }, (_, row) => row).filter((row) =>
        imageGradients.data.subarray(row * 6, row * 6 + 6).some((x) => x !== 0),
      ),
    );
    const known = batch.tasks.flatMap(({ rows }, i) =>
      Array.from(rows).filter((_, example) => right[i]![example]!.isRight),
    );
    expect(touched).toEqual(new Set(known.sort((a, b) => a - b)));
    expect(touched.size).toBeLessThan(8);
  }
});

it('holds ceilings under every penalty but a fixed one of losses', () => {
  const held = driveNames.filter((drive) => canHoldCeilings({ penalty: 'fixed', drive }));
  expect(held).toEqual(['accuracy', 'flips', 'measured']);
  expect(canHoldCeilings({ penalty: 'squaredHinge', drive: 'loss' })).toBe(true);
});

it("leaves the images' gradient out where nobody reads it, and the rest as it is", () => {
  const batch = randomBatch(3);
  const whole = estimate(batch, {});
  const part = estimate({ ...batch, omitImageGradients: true }, {});
  expect(part.imageGradients.rows).toBe(0);
  expect({ ...part, imageGradients: whole.imageGradients }).toEqual(whole);
});

describe('an independent autodiff', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(['squaredHinge', 'smoothedHinge', 'augmentedLagrangian'] as const)(
    'agrees with the gradient of the %s penalty, weights held',
    (penalty) => {
      const batch = randomBatch(4);
      const result = estimate(batch, { penalty });
      expect(result.tasks.some(({ weight }) => weight > 0)).toBe(true);
      const value = (images: tf.Tensor, classes: tf.Tensor) => {
        const terms = batch.tasks.map(({ task, rows, labels }, i) => {
          const space = Array.from(tasks[task]!.classes);
          const pick = (indices: ArrayLike<number>, size: number) =>
            tf.oneHot(tf.tensor1d(Array.from(indices), 'int32'), size).toFloat();
          const logits = pick(rows, 9)
            .matMul(images)
            .matMul(pick(space, 7).matMul(classes).transpose())
            .div(temperatures[task]!);
          const truth = pick(labels, space.length);
          const losses = tf.logSoftmax(logits).mul(truth).sum(1).neg();
          return losses.mean().mul(result.tasks[i]!.weight);
        });
        return tf.addN(terms).div(batch.tasks.length) as tf.Scalar;
      };
      const inputs = [batch.imageEmbeddings, batch.classEmbeddings].map((m) =>
        tf.tensor2d(m.data, [m.rows, m.columns]),
      );
      const gradients = tf.grads(value)(inputs as [tf.Tensor, tf.Tensor]);
      // The oracle works in float32.
      const float32 = { rtol: 1e-5, atol: 1e-6 };
      expect(result.value).toBeAllclose(value(inputs[0]!, inputs[1]!).dataSync(), float32);
      expect(result.imageGradients.data).toBeAllclose(gradients[0]!.dataSync(), float32);
      expect(result.classGradients.data).toBeAllclose(gradients[1]!.dataSync(), float32);
    },
  );
});

describe('a uniform subset of the tasks', () => {
  it('gives the gradient of all tasks on average', () => {
    const all = randomBatch(3);
    const gradientsOf = (sampled: readonly number[]) => {
      const batch = { ...all, tasks: all.tasks.filter(({ task }) => sampled.includes(task)) };
      const { imageGradients, classGradients } = estimate(batch, { penalty: 'squaredHinge' });
      return [...imageGradients.data, ...classGradients.data];
    };
    const subsets = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(gradientsOf);
    const mean = subsets[0]!.map((_, i) => subsets.reduce((sum, g) => sum + g[i]! / 3, 0));
    const whole = gradientsOf([0, 1, 2]);
    expect(whole.some((gradient) => gradient !== 0)).toBe(true);
    // Gradients are float32.
    expect(mean).toBeAllclose(whole, { rtol: 1e-6, atol: 1e-6 });
  });
});

describe('the accuracy driveNames', () => {
  it('push only on examples that the reference gets right', () => {
    const batch = randomBatch(3);
    const own = computeReferences(createReferences(tasks, settings), tasks, batch);
    const none = own.map((records) => records.map((record) => ({ ...record, isRight: false })));
    const input = {
      tasks,
      batch,
      temperatures,
      step: 0,
      settings: { ...settings, drive: 'accuracy' as const },
      state: createConstraintState(tasks.length, settings),
    };
    const { value, imageGradients } = estimateConstraints({ ...input, references: none });
    expect(value).toBe(0);
    expect(imageGradients.data.every((x) => x === 0)).toBe(true);
    // One right example of four: a quarter of its own loss gradient.
    const one = own.map((records) => records.map((record, i) => ({ ...record, isRight: i === 1 })));
    const { imageGradients: some } = estimateConstraints({ ...input, references: one });
    const touched = Array.from({ length: 9 }, (_, row) => row).filter((row) =>
      some.data.subarray(row * 6, row * 6 + 6).some((x) => x !== 0),
    );
    // Second rows of the three tasks.
    expect(touched).toEqual([0, 1, 4]);
  });
});
