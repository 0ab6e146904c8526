import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { planSchema } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { expect, it } from 'vitest';
import type { TermRun } from '../term.js';
import { onPairedRows } from './on-paired-rows.js';
import { pairings } from './pairings.js';

const classes = ['go', 'gore', 'stop', 'yield'];
const labels = ['stop', 'go', 'gore', 'gore', 'yield', 'go'];
const draw = {
  positives: [0],
  negatives: [1],
  positiveTemplates: [0],
  negativeTemplates: [0],
  tasks: [
    { task: 0, samples: [2, 3], templates: [0, 0] },
    { task: 1, samples: [4, 5], templates: [0, 0] },
  ],
} as unknown as StepDraw;

function createRun(ceiling: boolean, changes: object = {}): TermRun {
  const plan = planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'stop' },
    protected: [{ class: 'gore', ceiling }, { classes: ['yield', 'go'] }],
    ...changes,
  });
  return {
    plan,
    tasks: resolveTasks(plan, classes),
    prompts: createPrompts(plan, classes),
    dataset: { samples: labels.map((label) => ({ label, roles: ['protected'] })) },
    headOf: () => -1,
    negativeHeadOf: () => -1,
  } as unknown as TermRun;
}

const images = createMatrix(6, 1, Float32Array.of(10, 11, 12, 13, 14, 15));
/** The gradient of half the squares: the rows themselves. */
const estimate = async (rows: Matrix) => ({
  value: 1,
  imageGradients: rows,
  textGradients: createMatrix(0, 1),
});

it('contrasts every image of a step, and no image of a ceiling with its caption', async () => {
  const all = pairings.joint.pair(createRun(false), draw);
  expect(all.map(({ row, sample }) => [row, sample])).toEqual(
    [0, 1, 2, 3, 4, 5].map((i) => [i, i]),
  );
  const some = pairings.joint.pair(createRun(true), draw);
  expect(some.map(({ row, sample }) => [row, sample])).toEqual([0, 1, 4, 5].map((i) => [i, i]));
  expect(some.map(({ caption }) => caption.text)).not.toContain('a photo of a gore.');
});

it('contrasts no image of another label space with few of them, where answers hold it', () => {
  const spaces = { movement: { classes: ['go', 'yield'] } };
  const listRows = (changes: object) =>
    pairings.joint.pair(createRun(false, { spaces, ...changes }), draw).map(({ row }) => row);
  expect(listRows({})).toEqual([0, 1, 2, 3, 4, 5]);
  expect(listRows({ distillation: { examples: 'all' } })).toEqual([0, 1, 2, 3, 4, 5]);
  expect(listRows({ distillation: { unlabelled: {} } })).toEqual([0, 1, 2, 3]);
  // Of a weighted objective the protected pairs are a part of its own.
  const weighted = { objective: { kind: 'weighted' }, distillation: { unlabelled: {} } };
  expect(listRows(weighted)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('gives the images of ceilings no gradient, and the others theirs', async () => {
  const pairs = pairings.joint.pair(createRun(true), draw);
  const whole = await onPairedRows(pairs, { images, omitImageGradients: false }, estimate);
  expect([...whole.imageGradients.data]).toEqual([10, 11, 0, 0, 14, 15]);
  const none = async () => ({ ...(await estimate(images)), imageGradients: createMatrix(0, 1) });
  const omitted = await onPairedRows(pairs, { images, omitImageGradients: true }, none);
  expect(omitted.imageGradients.rows).toBe(0);
});
