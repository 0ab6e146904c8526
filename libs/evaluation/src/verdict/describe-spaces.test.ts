import type { Sample } from '@holdfast/dataset';
import { describe, expect, it } from 'vitest';
import type { RunTasks } from '../tasks/tasks.js';
import { protect } from '../test-support/protect.js';
import { describeCalibration } from './describe-calibration.js';
import { describeSpaces } from './describe-spaces.js';

const classes = ['cat', 'fifty', 'frog', 'thirty'];
const tasks: RunTasks = {
  classes,
  spaces: [
    { name: undefined, classes: [1, 3] },
    { name: 'objects', classes: [0, 2] },
  ],
  targetIndices: [3],
  protectedTasks: [protect('fifty'), protect('cat'), protect('frog', { name: 'unseen' })],
};
const labels = ['thirty', 'thirty', 'thirty', 'fifty', 'cat', '?'];
const samples = labels.map((label, index) => ({ index, label, group: label }) as Sample);
const predict = (answers: number[], confidences: number[]) => ({
  classes: Uint32Array.from(answers),
  losses: new Float64Array(answers.length),
  confidences: Float64Array.from(confidences),
});
const pair = {
  samples,
  reference: predict([3, 1, 1, 1, 0, 0], [0.9, 0.9, 0.9, 0.6, 1, 1]),
  candidate: predict([3, 3, 3, 3, 2, 0], [1, 1, 1, 0.9, 0.8, 1]),
};

describe('describeSpaces', () => {
  it('measures each label space by its images, and recall class by class', () => {
    expect(describeSpaces(tasks, pair)).toEqual([
      {
        space: null,
        classes: 2,
        examples: 4,
        reference: { accuracy: 0.5, meanPerClassRecall: (1 / 3 + 1) / 2 },
        candidate: { accuracy: 0.75, meanPerClassRecall: 0.5 },
      },
      {
        space: 'objects',
        classes: 2,
        examples: 1,
        reference: { accuracy: 1, meanPerClassRecall: 1 },
        candidate: { accuracy: 0, meanPerClassRecall: 0 },
      },
    ]);
    const own = { samples: samples.slice(0, 3), ...{ reference: pair.reference } };
    expect(describeSpaces(tasks, { ...own, candidate: pair.reference })).toHaveLength(1);
  });
});

describe('describeCalibration', () => {
  it('says how sure both models are, of everything with a label and of each task that has images', () => {
    const { bins, all, tasks: each } = describeCalibration(tasks, pair)!;
    expect(bins).toBe(15);
    expect(all.examples).toBe(5);
    // One of three right at 0.9, one at 0.6, one at 1: (|1 - 2.7| + 0.4 + 0) / 5.
    expect(all.reference.confidence).toBeCloseTo(4.3 / 5, 12);
    expect(all.reference.error).toBeCloseTo(2.1 / 5, 12);
    // Three right at 1; wrong at 0.9 and at 0.8.
    expect(all.candidate.error).toBeCloseTo(1.7 / 5, 12);
    expect(each.map(({ task, target, examples }) => [task, target, examples])).toEqual([
      ['thirty', true, 3],
      ['fifty', false, 1],
      ['cat', false, 1],
    ]);
    expect(each[0]!.candidate).toEqual({ confidence: 1, error: 0 });
  });

  it('says nothing where confidences are not known or nothing has a label', () => {
    const { confidences: _, ...unsure } = pair.reference;
    expect(describeCalibration(tasks, { ...pair, reference: unsure })).toBeUndefined();
    expect(describeCalibration(tasks, { ...pair, samples: samples.slice(5) })).toBeUndefined();
  });
});
