import type { Dataset, Role, Sample } from '@holdfast/dataset';
import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { planSchema } from '@holdfast/plan';
import { noProgress } from '@holdfast/run-store';
import { describe, expect, it } from 'vitest';
import type { OpenRun } from '../run/open-run.js';
import { createRunSampler, stepsToKeep } from './train-run.js';

/** The part of a run that its sampler reads, with one sample a label and roles. */
function createRun(rows: readonly [label: string, roles: readonly Role[]][]): OpenRun {
  const classes = [...new Set(rows.map(([label]) => label))];
  const samples = rows.map(([label, roles], index) => ({ index, label, roles }) as Sample);
  const plan = planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'stop' },
    protected: ['go'],
    training: { targetBatch: 4, examplesPerTask: 1 },
  });
  return {
    plan,
    tasks: resolveTasks(plan, classes),
    prompts: createPrompts(plan, classes),
    dataset: { samples } as unknown as Dataset,
  } as OpenRun;
}

describe('createRunSampler', () => {
  it('draws the negatives that the data mark, of whatever class, and no others', () => {
    const run = createRun([
      ['stop', ['target']],
      ['go', ['protected']],
      ['go', ['negative', 'protected']],
      ['tree', ['negative']],
    ]);
    const sampler = createRunSampler(run);
    const draws = Array.from({ length: 8 }, (_, step) => sampler.draw(step));
    expect(new Set(draws.flatMap((draw) => draw.negatives))).toEqual(new Set([2, 3]));
    expect(new Set(draws.flatMap((draw) => draw.positives))).toEqual(new Set([0]));
    const drawn = draws.flatMap((draw) => draw.tasks.flatMap((task) => task.samples));
    expect(new Set(drawn)).toEqual(new Set([1, 2]));
  });
});

describe('stepsToKeep', () => {
  it('keeps what the run can go on from where the newest checkpoint is damaged', () => {
    const written = [
      { ...noProgress, stepsTaken: 3, leaders: [3] },
      { ...noProgress, stepsTaken: 6, leaders: [3, 6] },
      { ...noProgress, stepsTaken: 9, leaders: [6, 9] },
    ];
    expect(stepsToKeep(2, written)).toEqual(new Set([3, 6, 9]));
    const later = [...written, { ...noProgress, stepsTaken: 12, leaders: [9, 12] }];
    expect(stepsToKeep(2, later)).toEqual(new Set([6, 9, 12]));
  });
});
