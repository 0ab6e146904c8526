import { expect, it } from 'vitest';
import { formatBenchmark } from './format-benchmark.js';
import type { CellFigures } from './study-record.js';
import { createCell } from './test-support/create-cell.js';

const names = { model: 'clip', data: 'signs' };
const measure = (accuracy: number, meanPerClassRecall = accuracy) => {
  return { accuracy, meanPerClassRecall };
};
const space = (
  images: 'validation' | 'test',
  name: string | null,
  renewed: number,
  old = 0.5,
): CellFigures['spaces'][number] => ({
  ...{ images, space: name, examples: 40 },
  ...{ old: measure(old), new: measure(renewed, 0.25) },
});
const format = (...spaces: CellFigures['spaces'][]) =>
  formatBenchmark(
    spaces.map((each, seed) => createCell('ours', seed, { spaces: each })),
    names,
  )
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

it('writes what clip_benchmark eval writes, of each run, label space and part of the data', () => {
  const [old, renewed, ...more] = format([
    space('validation', null, 0.75),
    space('test', 'objects', 1),
  ]);
  // The keys of clip_benchmark/cli.py's `dump`; `build` takes whatever else there is as columns.
  expect(old).toMatchObject({
    dataset: 'signs/validation',
    model: 'clip',
    pretrained: 'old',
    task: 'zeroshot_classification',
    metrics: { acc1: 0.5, mean_per_class_recall: 0.5 },
    language: 'unknown',
    sha256: 'c'.repeat(64),
  });
  expect(renewed).toMatchObject({
    dataset: 'signs/validation',
    pretrained: 'ours-seed-0',
    metrics: { acc1: 0.75, mean_per_class_recall: 0.25 },
    ...{ method: 'ours', seed: 0, examples: 40, sha256: 'd'.repeat(64) },
  });
  expect(more.map(({ dataset }) => dataset)).toEqual(Array(2).fill('signs/objects/test'));
});

it('writes the old model once, and once more where another run measured it otherwise', () => {
  const records = format(
    [space('test', null, 0.7)],
    [space('test', null, 0.8)],
    [space('test', null, 0.9, 0.4)],
    [space('test', null, 0.9, 0.4)],
  );
  expect(records.map(({ pretrained }) => pretrained)).toEqual([
    'old',
    'ours-seed-0',
    'ours-seed-1',
    'old-2',
    'ours-seed-2',
    'ours-seed-3',
  ]);
});

it('has nothing of a run that is not finished, or whose verdict says no label space', () => {
  const waiting = { ...createCell('ours', 0), state: 'waiting' as const, figures: null };
  expect(formatBenchmark([waiting, createCell('ours', 1)], names)).toBe('');
});
