import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { planSchema } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { describe, expect, it } from 'vitest';
import type { OpenRun } from '../run/open-run.js';
import { layOutStep } from './step-batch.js';

const classes = ['fifty', 'thirty', 'yield'];
/** Samples 0-9 are "thirty" (the target), 10-19 "fifty", 20-29 "yield". */
const classOf = (sample: number) => (sample < 10 ? 1 : sample < 20 ? 0 : 2);

const draw: StepDraw = {
  positives: [3, 5],
  negatives: [12, 25],
  positiveTemplates: [0, 1],
  negativeTemplates: [1, 0],
  tasks: [
    { task: 0, samples: [11, 13], templates: [0, 1] },
    { task: 1, samples: [21], templates: [1] },
  ],
  augmentationSeed: 77,
};

/** The part of a run that laying out a step reads. */
function createRun(plan: object): OpenRun {
  const parsed = planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'thirty' },
    prompts: { templates: ['a {}.', 'the {}.'] },
    ...plan,
  });
  const shared = classes.length;
  const { enabled, negatives } = parsed.heads;
  const headOf = (index: number) => (enabled ? index : -1);
  return {
    plan: parsed,
    tasks: resolveTasks(parsed, classes),
    prompts: createPrompts(parsed, classes),
    headOf,
    negativeHeadOf: (index: number) => (enabled && negatives === 'shared' ? shared : headOf(index)),
  } as OpenRun;
}

describe('layOutStep', () => {
  it('puts the augmented target images first where constraints see plain images', () => {
    const run = createRun({ constraints: { augmentation: 'none' }, objective: { kind: 'target' } });
    const batch = layOutStep(run, draw, classOf);
    expect(batch.samples).toEqual([3, 5, 12, 25, 11, 13, 21]);
    expect(batch.augmentedCount).toBe(4);
    expect(batch.protectedRows).toEqual([4, 5, 6]);
    expect(batch.pairs.imageRows).toEqual([0, 1, 2, 3]);
    expect(batch.pairs.positives).toEqual([true, true, false, false]);
  });

  it('puts the protected images first and augments all where both models see the same augmentation', () => {
    const batch = layOutStep(createRun({ constraints: { augmentation: 'paired' } }), draw, classOf);
    expect(batch.samples).toEqual([11, 13, 21, 3, 5, 12, 25]);
    expect(batch.augmentedCount).toBe(7);
    expect(batch.protectedRows).toEqual([0, 1, 2]);
    expect(batch.pairs.imageRows).toEqual([3, 4, 5, 6, 0, 1, 2]);
  });

  it('captions every pair by its class and template, and appends the class prompts, each text once', () => {
    const batch = layOutStep(createRun({ objective: { kind: 'target' } }), draw, classOf);
    expect(batch.texts).toEqual(['a thirty.', 'the thirty.', 'the fifty.', 'a yield.', 'a fifty.']);
    expect(batch.pairs.textRows).toEqual([0, 1, 2, 3]);
    expect(batch.classRows).toEqual([4, 0, 3]);
    expect(batch.heads).toEqual(new Array(5).fill(-1));
  });

  it('adds the protected pairs to the joint objective', () => {
    const batch = layOutStep(createRun({ objective: { kind: 'joint' } }), draw, classOf);
    expect(batch.pairs.samples).toEqual([3, 5, 12, 25, 11, 13, 21]);
    expect(batch.pairs.textRows.map((row) => batch.texts[row])).toEqual([
      'a thirty.',
      'the thirty.',
      'the fifty.',
      'a yield.',
      'a fifty.',
      'the fifty.',
      'the yield.',
    ]);
  });

  it('names each task batch by rows of the protected images, with labels and samples', () => {
    const batch = layOutStep(createRun({}), draw, classOf);
    expect(batch.taskBatches).toEqual([
      { task: 0, rows: [0, 1], labels: [0, 0], samples: [11, 13] },
      { task: 1, rows: [2], labels: [2], samples: [21] },
    ]);
  });

  it('leaves protected images out where nothing uses them', () => {
    const run = createRun({ constraints: { penalty: 'none' }, objective: { kind: 'target' } });
    const batch = layOutStep(run, draw, classOf);
    expect(batch.samples).toEqual([3, 5, 12, 25]);
    expect(batch.taskBatches).toEqual([]);
    expect(batch.classRows).toEqual([]);
  });

  it.each([
    ['own', [1, 1, 0, 2]],
    ['shared', [1, 1, 3, 3]],
  ])('gives captions of negatives their %s head', (negatives, expected) => {
    const run = createRun({ heads: { enabled: true, negatives }, objective: { kind: 'target' } });
    const { heads, pairs, classRows } = layOutStep(run, draw, classOf);
    expect(pairs.textRows.map((row) => heads[row])).toEqual(expected);
    expect(classRows.map((row) => heads[row])).toEqual([0, 1, 2]);
  });
});
