import { createMatrix, type Matrix } from '@holdfast/tensor';
import { loadGolden } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintSettings } from './constraint-settings.js';
import { type ConstraintState, createConstraintState } from './constraint-state.js';
import { type ConstraintEstimate, estimateConstraints } from './estimate-constraints.js';
import type { ReferenceRecord } from './reference-record.js';

// The golden file holds float64; embeddings and gradients are float32 here: a rounding of 6e-8 in a cosine is
// 1e-6 in a loss at tau = 0.05, and penalties multiply it by up to 100.
const tolerance = { rtol: 1e-5, atol: 1e-5 };
const stateTolerance = { rtol: 1e-5, atol: 2e-6 };
const temperature = 0.05;

function goldenMatrix(name: string): Matrix {
  const { shape, data } = loadGolden(name);
  return createMatrix(shape[0]!, shape[1]!, Float32Array.from(data));
}

const labels = Array.from(loadGolden('labels_c').data);
const sampled = [...new Set(labels)];
const batch = {
  imageEmbeddings: goldenMatrix('emb_image_c'),
  classEmbeddings: goldenMatrix('emb_head'),
  tasks: sampled.map((task) => {
    const rows = labels.flatMap((label, row) => (label === task ? [row] : []));
    return { task, rows, labels: rows.map(() => task), samples: rows };
  }),
};
const classes = Array.from({ length: 10 }, (_, i) => i);

function createTasks(requiredSlack: number): ConstrainedTask[] {
  return classes.map((c) => ({ name: `class ${c}`, classes, requiredSlack, allowedFlipRate: 0 }));
}

const plain: ConstraintSettings = {
  penalty: 'squaredHinge',
  drive: 'loss',
  penaltyCoefficient: 100,
  penaltyRampSteps: 0,
  smoothingWidth: 0.1,
  movingAverage: 0.8,
  temperature,
  dualPeriodSteps: 1,
  multipliers: { initial: 1, rate: 0.5, standardErrors: 1, minimum: 0.01, maximum: 20 },
};

/** sigma((max other - own)/0.05) of the base model without heads, whose losses are golden `base_loss_c`. */
const baseErrors = [
  0.999093607294, 0.964903143594, 0.0000993603880671, 0.999586864456, 0.996518082375,
  0.00107251055499, 0.999468798663, 0.99544820974, 0.000541228617758, 0.999794018037,
  0.999769516013, 0.00088546912392, 0.991937455652, 0.978500504152, 0.000316768426124,
  0.999984563357, 0.999913920914, 0.0376810017746, 0.999772694163, 0.997291119541,
  0.0000446469098566, 0.0749711586034, 0.0306221825493, 0.0000744589562899, 0.999686545473,
  0.878341980105,
];

/** Synthetic references: losses as golden, and smoothed errors that move as they do. */
function references(call: 1 | 2): ReferenceRecord[][] {
  const loss = loadGolden('last_loss_c').data;
  const delta = loadGolden('last_loss_call2_delta').data;
  const record = (row: number) => {
    const shift = call === 2 ? delta[row]! : 0;
    return {
      loss: loss[row]! + shift,
      smoothedError: baseErrors[row]! - 0.02 + shift,
      isRight: true,
    };
  };
  return batch.tasks.map(({ rows }) => rows.map(record));
}

function estimateTwice(settings: ConstraintSettings, requiredSlack = 0) {
  const tasks = createTasks(requiredSlack);
  const temperatures = classes.map(() => temperature);
  const estimate = (state: ConstraintState, call: 1 | 2) =>
    estimateConstraints({
      tasks,
      settings,
      state,
      batch,
      temperatures,
      step: call - 1,
      references: references(call),
    });
  const first = estimate(createConstraintState(10, settings), 1);
  return [first, estimate(first.state, 2)] as const;
}

/** The reference multiplies values and gradients by tau once more (docs/algorithm/penalties.md). */
function expectGolden(name: string, call: number, estimate: ConstraintEstimate): void {
  const golden = (tensor: string) =>
    loadGolden(`${tensor.replace('*', `${name}_call${call}`)}`).data.map((x) => x / temperature);
  expect(estimate.value).toBeAllclose(golden('loss_*'), tolerance);
  expect(estimate.imageGradients.data).toBeAllclose(golden('grad_*_fc'), tolerance);
  expect(estimate.classGradients.data).toBeAllclose(golden('grad_*_head'), tolerance);
}

/** Golden estimates are 0 where a task was never visited. */
function expectEstimates(name: string, call: number, { state }: ConstraintEstimate): void {
  const golden = loadGolden(`${name}_u${call}`).data;
  expect(sampled.map((k) => state.estimates[k]!)).toBeAllclose(
    sampled.map((k) => golden[k]!),
    stateTolerance,
  );
  expect(state.estimates[4]).toBeNaN();
}

describe('the golden constraint', () => {
  it.each([
    { name: 'pnl', settings: plain, slack: 0 },
    { name: 'pnl_kappa', settings: plain, slack: 0.2 },
    {
      name: 'pnl_l1',
      settings: { ...plain, penalty: 'hinge', penaltyCoefficient: 2 } as const,
      slack: 0,
    },
    {
      name: 'al',
      settings: {
        ...plain,
        penalty: 'augmentedLagrangian',
        penaltyCoefficient: 20,
        dualStep: 5,
      } as const,
      slack: 0.1,
    },
  ])('$name has the value, gradients and estimates of both calls', ({ name, settings, slack }) => {
    const [first, second] = estimateTwice(settings, slack);
    expectGolden(name, 1, first);
    expectEstimates(name, 1, first);
    expectGolden(name, 2, second);
    expectEstimates(name, 2, second);
  });

  it('rm has the value and gradients of both calls', () => {
    const [first, second] = estimateTwice({ ...plain, penalty: 'fixed', penaltyCoefficient: 3 });
    expectGolden('rm', 1, first);
    expectGolden('rm', 2, second);
  });

  it('al moves the multipliers of visited tasks after each step', () => {
    const [, second] = estimateTwice(
      { ...plain, penalty: 'augmentedLagrangian', penaltyCoefficient: 20, dualStep: 5 },
      0.1,
    );
    expect(second.state.multipliers).toBeAllclose(loadGolden('al_lam2').data, {
      rtol: 1e-5,
      atol: 1e-5,
    });
  });

  it('pnl_sigm has the estimates of the accuracy drive', () => {
    const [first, second] = estimateTwice({ ...plain, drive: 'accuracy' });
    expectEstimates('pnl_sigm', 1, first);
    expectEstimates('pnl_sigm', 2, second);
  });
});
