import '@holdfast/testing';
import { isFault } from '@holdfast/fault';
import { createMatrix, drawUnitRows, gatherRows } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import type { ConstraintSettings } from './constraint-settings.js';
import { type ConstraintState, createConstraintState } from './constraint-state.js';
import type { DriveName } from './drives.js';
import { estimateConstraints } from './estimate-constraints.js';
import {
  computeReferences,
  createReferences,
  findReferences,
  fitReferences,
  recordReferences,
} from './references.js';
import type { ConstraintBatch } from './task-batch.js';
import { randomBatch, settings, tasks } from './test-support/random-constraint.js';

/** The candidate `seed` against the reference 50, from a given state. */
function estimate(
  seed: number,
  state: ConstraintState,
  changes: Partial<ConstraintSettings> = {},
  sampled = [2, 0, 1],
) {
  const changed = { ...settings, ...changes };
  const all = randomBatch(seed);
  const batch = { ...all, tasks: all.tasks.filter(({ task }) => sampled.includes(task)) };
  const references = createReferences(tasks, changed);
  const records = computeReferences(references, tasks, { ...randomBatch(50), tasks: batch.tasks });
  return estimateConstraints({
    tasks,
    settings: changed,
    state,
    batch,
    step: 0,
    references: records,
    temperatures: references.temperatures,
  });
}

const fresh = createConstraintState(tasks.length, settings);

describe('constraint estimates', () => {
  // Fault 1 of the reference implementation: u started at the batch's value only if the SUM of the sampled u was
  // zero, and else was averaged from 0.
  it('start at the first batch value of each task, whatever other tasks have seen', () => {
    const first = estimate(1, fresh, {}, [0, 2]);
    expect(first.state.estimates[1]).toBeNaN();
    const second = estimate(2, first.state);
    const late = second.tasks.find(({ task }) => task === 1)!;
    expect(late.constraintEstimate).toBe(late.batchValue);
    expect(late.batchValue).not.toBe(0);
  });

  it('average later batches with gamma2 and leave tasks that were not sampled untouched', () => {
    const first = estimate(1, fresh);
    const second = estimate(2, first.state, { movingAverage: 0.3 }, [0]);
    const { batchValue, constraintEstimate } = second.tasks[0]!;
    const saved = first.state.estimates[0]!;
    expect(constraintEstimate).toBeAllclose(0.7 * saved + 0.3 * batchValue, { rtol: 1e-14 });
    expect(second.state.estimates.subarray(1)).toEqual(first.state.estimates.subarray(1));
  });

  it('leave the state they were given as it was', () => {
    const state = createConstraintState(tasks.length, settings);
    estimate(1, state, { penalty: 'augmentedLagrangian' });
    expect(state).toEqual(fresh);
  });

  it('follow the order of the batch and name the task', () => {
    const { tasks: estimates, state } = estimate(1, fresh);
    expect(estimates.map(({ task }) => task)).toEqual([2, 0, 1]);
    for (const { task, constraintEstimate } of estimates) {
      expect(state.estimates[task]).toBe(constraintEstimate);
    }
  });

  it('of the flips drive count drops alone and allow a rate of them', () => {
    const flips = estimate(1, fresh, { drive: 'flips' });
    const accuracy = estimate(1, fresh, { drive: 'accuracy' });
    flips.tasks.forEach(({ task, batchValue }, i) => {
      const { allowedFlipRate } = tasks[task]!;
      expect(batchValue).toBeGreaterThanOrEqual(-allowedFlipRate);
      expect(batchValue + allowedFlipRate).toBeGreaterThanOrEqual(accuracy.tasks[i]!.batchValue);
    });
  });
});

describe('a model against itself', () => {
  /** The same images in other rows of another batch. */
  function shuffled(batch: ConstraintBatch): ConstraintBatch {
    const order = [4, 8, 0, 2, 6, 1, 3, 5, 7];
    return {
      imageEmbeddings: gatherRows(batch.imageEmbeddings, order),
      classEmbeddings: batch.classEmbeddings,
      tasks: batch.tasks.toReversed().map((taskBatch) => ({
        ...taskBatch,
        rows: Array.from(taskBatch.rows, (row) => order.indexOf(row)),
      })),
    };
  }

  it.each(['loss', 'calibratedLoss', 'accuracy', 'measured'] as DriveName[])(
    'has h = 0 in every bit by the drive %s, wherever its examples stand in a batch',
    (drive) => {
      const changed = { ...settings, drive };
      const references = createReferences(tasks, changed);
      recordReferences(references, tasks, randomBatch(8));
      fitReferences(references, tasks, changed);
      const batch = shuffled(randomBatch(8));
      const result = estimateConstraints({
        tasks,
        settings: changed,
        batch,
        step: 0,
        state: createConstraintState(tasks.length, changed),
        references: findReferences(references, tasks, batch),
        temperatures: references.temperatures,
      });
      expect(result.tasks.map(({ batchValue }) => batchValue)).toEqual([0, 0, 0]);
    },
  );

  it('is below the limit of the drive flips by the rate that it allows', () => {
    const changed = { ...settings, drive: 'flips' } as const;
    const references = createReferences(tasks, changed);
    const batch = randomBatch(8);
    const result = estimateConstraints({
      tasks,
      settings: changed,
      batch,
      step: 0,
      temperatures: references.temperatures,
      state: createConstraintState(tasks.length, changed),
      references: computeReferences(references, tasks, batch),
    });
    expect(result.tasks.map(({ batchValue }) => batchValue)).toEqual([0, -0.01, -0.02]);
  });
});

describe('weights and values', () => {
  it('pull no gradient where every constraint holds', () => {
    const before = { ...fresh, estimates: Float64Array.of(-90, -90, -90) };
    const result = estimate(1, before, { penalty: 'squaredHinge', movingAverage: 0.1 });
    expect(result.value).toBe(0);
    expect(result.tasks.map(({ weight }) => weight)).toEqual([0, 0, 0]);
    expect(result.imageGradients.data.every((x) => x === 0)).toBe(true);
  });

  it('report the loss in nats whatever the drive', () => {
    const losses = (drive: DriveName) => estimate(1, fresh, { drive }).tasks.map((t) => t.taskLoss);
    expect(losses('accuracy')).toEqual(losses('loss'));
    expect(losses('loss').every((loss) => loss > 0)).toBe(true);
  });

  it('of the measured drive are the multipliers', () => {
    const changes = { drive: 'measured', penalty: 'squaredHinge' } as const;
    const state = { ...fresh, multipliers: Float64Array.of(0.5, 2, 7) };
    const result = estimate(1, state, changes);
    expect(result.tasks.map(({ weight }) => weight)).toEqual([7, 0.5, 2]);
    expect(result.state.multipliers).toEqual(state.multipliers);
  });

  it('of the augmented Lagrangian are taken before its multipliers move', () => {
    const changes = { penalty: 'augmentedLagrangian', penaltyCoefficient: 2 } as const;
    const { tasks: estimates, state } = estimate(1, fresh, changes);
    for (const { task, weight, constraintEstimate, multiplier } of estimates) {
      const violation = constraintEstimate + tasks[task]!.requiredSlack;
      expect(weight).toBe(Math.max(0, 2 * violation));
      // dualStep defaults to beta.
      expect(multiplier).toBe(Math.max(0, 2 * violation));
      expect(state.multipliers[task]).toBe(multiplier);
    }
  });
});

describe('refusals', () => {
  it('name task, sample and term where the candidate is not finite, and change nothing', () => {
    const batch = randomBatch(1);
    batch.imageEmbeddings.data[4 * 6] = Number.NaN;
    const attempt = () =>
      estimateConstraints({
        tasks,
        settings,
        state: fresh,
        batch,
        step: 0,
        temperatures: [0.2, 0.2, 0.2],
        references: computeReferences(createReferences(tasks, settings), tasks, {
          ...randomBatch(50),
          tasks: batch.tasks,
        }),
      });
    expect(attempt).toThrow(
      /task 'night': the candidate's cosine of sample 14 with class 0 is NaN/,
    );
    expect(attempt).toThrow(expect.toSatisfy((e) => isFault(e) && e.kind === 'diverged'));
    expect(fresh.estimates.every(Number.isNaN)).toBe(true);
  });

  it('name the weight or the multiplier that overflows', () => {
    const huge = { penalty: 'augmentedLagrangian', penaltyCoefficient: 1e308 } as const;
    const violated = { ...fresh, estimates: Float64Array.of(1e10, 1e10, 1e10) };
    expect(() => estimate(1, violated, huge)).toThrow("task 'pair': the weight is Infinity");
    const step = { ...huge, penaltyCoefficient: 0, dualStep: 1e308 };
    expect(() => estimate(1, violated, step)).toThrow("task 'pair': the multiplier is Infinity");
  });

  it('name the batch value where a reference is not finite', () => {
    const batch = randomBatch(1);
    const record = { loss: Number.POSITIVE_INFINITY, smoothedError: 0, isRight: true };
    const attempt = () =>
      estimateConstraints({
        tasks,
        settings,
        state: fresh,
        batch,
        step: 0,
        temperatures: [0.2, 0.2, 0.2],
        references: batch.tasks.map(({ rows }) => Array.from(rows, () => record)),
      });
    expect(attempt).toThrow("task 'pair': the batch value is -Infinity");
  });

  it('of a reference that is not finite record nothing', () => {
    const references = createReferences(tasks, settings);
    const batch = randomBatch(1);
    batch.imageEmbeddings.data[4 * 6 + 1] = Number.POSITIVE_INFINITY;
    const attempt = () => recordReferences(references, tasks, batch);
    expect(attempt).toThrow(/task 'night': the reference's cosine of sample 14/);
    expect(attempt).toThrow(expect.toSatisfy((e) => isFault(e) && e.kind === 'invalid'));
    expect(references.records.map(({ size }) => size)).toEqual([0, 0, 0]);
  });
});

describe('references', () => {
  it('that are missing are named, the first few by sample', () => {
    const batch = randomBatch(1);
    const references = createReferences(tasks, settings);
    recordReferences(references, tasks, { ...batch, tasks: batch.tasks.slice(0, 1) });
    expect(() => findReferences(references, tasks, batch)).toThrow(
      "no reference is recorded for sample 10 of task 'all', sample 11 of task 'all', " +
        "sample 12 of task 'all', sample 13 of task 'all', sample 15 of task 'night' and 2 more",
    );
  });

  it('recorded again replace what was recorded', () => {
    const references = createReferences(tasks, settings);
    recordReferences(references, tasks, randomBatch(1));
    const before = findReferences(references, tasks, randomBatch(1));
    recordReferences(references, tasks, randomBatch(2));
    const after = findReferences(references, tasks, randomBatch(1));
    expect(after[0]![0]!.loss).not.toBe(before[0]![0]!.loss);
    expect(references.records.map(({ size }) => size)).toEqual([4, 3, 2]);
  });

  it('of the calibrated drive wait for their temperature, and keep it', () => {
    const changed = { ...settings, drive: 'calibratedLoss' } as const;
    const references = createReferences(tasks, changed);
    const batch = randomBatch(1);
    recordReferences(references, tasks, { ...batch, tasks: batch.tasks.slice(0, 2) });
    expect(() => findReferences(references, tasks, batch)).toThrow('no reference is recorded');
    expect(() => fitReferences(references, tasks, changed)).toThrow(
      "no reference examples to fit a temperature on: task 'night'",
    );
    recordReferences(references, tasks, batch);
    fitReferences(references, tasks, changed);
    const temperatures = references.temperatures.slice();
    expect(temperatures.every((t) => t > 0)).toBe(true);
    recordReferences(references, tasks, { ...batch, imageEmbeddings: drawUnitRows(9, 6, 77) });
    fitReferences(references, tasks, changed);
    expect(references.temperatures).toEqual(temperatures);
    expect(references.unfitted.map(({ size }) => size)).toEqual([0, 0, 0]);
  });

  it('classify as evaluation does: equal cosines go to the lowest index', () => {
    const task = { name: 'tie', classes: [0, 1], requiredSlack: 0, allowedFlipRate: 0 };
    const batch: ConstraintBatch = {
      imageEmbeddings: createMatrix(1, 2, Float32Array.of(1, 0)),
      classEmbeddings: createMatrix(2, 2, Float32Array.of(1, 0, 1, 0)),
      tasks: [{ task: 0, rows: [0, 0], labels: [0, 1], samples: [0, 1] }],
    };
    const [records] = computeReferences(createReferences([task], settings), [task], batch);
    expect(records!.map((record) => record.isRight)).toEqual([true, false]);
    expect(records!.map((record) => record.smoothedError)).toEqual([0.5, 0.5]);
    expect(records!.map((record) => record.loss)).toBeAllclose([Math.LN2, Math.LN2]);
  });
});
