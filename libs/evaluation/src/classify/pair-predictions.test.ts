import type { Sample } from '@holdfast/dataset';
import { PairedPredictions } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { describe, expect, it } from 'vitest';
import type { RunTasks } from '../tasks/tasks.js';
import { inOneSpace, protect } from '../test-support/protect.js';
import type { Predictions } from './classify-samples.js';
import { pairPredictions } from './pair-predictions.js';

const predict = (classes: readonly number[]): Predictions => ({
  classes: Uint32Array.from(classes),
  losses: Float64Array.from(classes, (_, i) => i),
});
const show = (labels: readonly string[]) =>
  labels.map(
    (label, index): Sample => ({
      index,
      label,
      group: `sign ${index >> 1}`,
      roles: ['validation'],
      path: `/${index}.png`,
      relativePath: `${index}.png`,
      sha256: '',
    }),
  );

const classes = ['a', 'b', 'c', 'd'];
const tasks: RunTasks = {
  classes,
  spaces: inOneSpace(classes),
  targetIndices: [2],
  protectedTasks: [
    protect('a', { name: 'first' }),
    protect('d', { name: 'last' }),
    protect('b', { name: 'none' }),
  ],
};

describe('pairPredictions', () => {
  const pair = {
    samples: show(['d', 'a', 'd', 'c']),
    reference: predict([3, 0, 1, 2]),
    candidate: predict([3, 2, 3, 0]),
  };

  it('splits by task, the target first, and leaves out a task without images', () => {
    const pairs = pairPredictions(tasks, pair);
    expect(pairs.map(({ task, target }) => [task, target])).toEqual([
      ['c', true],
      ['first', false],
      ['last', false],
    ]);
    expect(pairs[2]).toMatchObject({ groups: ['sign 0', 'sign 1'], tolerance: 0.1 });
    expect(pairs[2]!.referenceLoss).toBe(1);
  });

  it('has a task for each of several targets, in the order of the plan', () => {
    const several = { ...tasks, targetIndices: [3, 2], protectedTasks: [protect('a')] };
    const pairs = pairPredictions(several, pair);
    expect(pairs.map(({ task, target, labels }) => [task, target, labels.length])).toEqual([
      ['d', true, 2],
      ['c', true, 1],
      ['a', false, 1],
    ]);
  });

  it('says of ceilings alone that they are some, so that ledgers know earlier judgements', () => {
    const held = { ...tasks, protectedTasks: [protect('a', { ceiling: true }), protect('d')] };
    const [target, ceiling, floor] = pairPredictions(held, pair).map((task) =>
      JSON.stringify(task),
    );
    expect(ceiling).toContain('"ceiling":true');
    expect(`${target}${floor}`).not.toContain('ceiling');
  });

  it('gives a slice the images of its labels that meet its condition, of a task of its own or not', () => {
    const weather = ['fog', 'rain', 'fog', 'fog'];
    const samples = pair.samples.map((sample, i) => ({
      ...sample,
      columns: { weather: weather[i]! },
    }));
    const slice = protect('', {
      name: 'fog',
      labels: ['d', 'a'],
      where: [['weather', ['fog', 'snow']]],
    });
    const pairs = pairPredictions(
      { ...tasks, protectedTasks: [...tasks.protectedTasks, slice] },
      { ...pair, samples, candidate: predict([0, 0, 3, 2]) },
    );
    expect(pairs.at(-1)).toMatchObject({
      task: 'fog',
      classes: ['a', 'b', 'd'],
      labels: [2, 2],
      referencePredictions: [2, 1],
      candidatePredictions: [0, 2],
      groups: ['sign 0', 'sign 1'],
    });
  });

  it('names by its classes what was labelled and predicted', () => {
    const named = pairPredictions(tasks, pair).map((task) => {
      const name = (indices: readonly number[]) => indices.map((index) => task.classes[index]);
      const { labels, referencePredictions, candidatePredictions } = task;
      return [labels, referencePredictions, candidatePredictions].map(name);
    });
    expect(named).toEqual([
      [['c'], ['c'], ['a']],
      [['a'], ['a'], ['c']],
      [
        ['d', 'd'],
        ['d', 'b'],
        ['d', 'd'],
      ],
    ]);
  });

  it('stays far below the limit of a message with four thousand classes', () => {
    const many = Array.from({ length: 4000 }, (_, i) => `n${i} ${'long name '.repeat(4)}`);
    const labels = many.flatMap((label) => Array.from({ length: 5 }, () => label));
    const predictions = predict(labels.map((_, i) => (i * 7919) % many.length));
    const protectedTasks = many.slice(1).map((label) => protect(label));
    const pairs = pairPredictions(
      { classes: many, spaces: inOneSpace(many), targetIndices: [0], protectedTasks },
      { samples: show(labels), reference: predictions, candidate: predictions },
    );
    const bytes = pairs.reduce(
      (sum, task) => sum + PairedPredictions.encode(task).finish().length,
      0,
    );
    // 64 MiB is the limit; the whole label space with every task would be 700 MiB.
    expect(bytes).toBeLessThan(8 * 2 ** 20);
  });
});
