import { describe, expect, it } from 'vitest';
import { formBatch, isTaken, type WaitingJob } from './form-batch.js';
import type { ServedModel } from './served-model.js';

const served = { imageTokens: 10, imageChunkSize: 4 } as ServedModel;

const ask = (images: number, lengths: readonly number[] = [], model = served): WaitingJob => ({
  served: model,
  images: images > 0 ? { count: images, fill: () => {} } : undefined,
  texts:
    lengths.length > 0
      ? {
          count: lengths.length,
          tokens: new Int32Array(),
          heads: new Int32Array(),
          lengths: Int32Array.from(lengths),
        }
      : undefined,
  signal: new AbortController().signal,
  taken: { images: 0, texts: 0 },
});
type Jobs = [WaitingJob, ...WaitingJob[]];
const counts = (slices: readonly { start: number; count: number }[]) =>
  slices.map(({ start, count }) => [start, count]);

describe('formBatch', () => {
  it('takes images of several jobs, in whole chunks, and goes on where it stopped', () => {
    const jobs: Jobs = [ask(3), ask(6), ask(2)];
    const first = formBatch(jobs, 85);
    expect(counts(first.images)).toEqual([
      [0, 3],
      [0, 5],
    ]);
    const [, second, third] = jobs;
    const next = formBatch([second!, third!], 85);
    expect(counts(next.images)).toEqual([
      [5, 1],
      [0, 2],
    ]);
    expect(jobs.every(isTaken)).toBe(true);
  });

  it('takes fewer than a chunk where no more wait, and one chunk whatever the budget', () => {
    expect(counts(formBatch([ask(2)], 1000).images)).toEqual([[0, 2]]);
    expect(counts(formBatch([ask(9)], 1).images)).toEqual([[0, 4]]);
  });

  it('fills up with texts, and lets one pass in any case', () => {
    const jobs: Jobs = [ask(4, [16]), ask(0, [16, 32, 16])];
    expect(counts(formBatch(jobs, 75).texts)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(counts(formBatch([ask(4, [16, 16])], 40).texts)).toEqual([[0, 1]]);
  });

  it('leaves texts half of the budget where a chunk of images takes more', () => {
    const jobs: Jobs = [ask(12), ask(0, [16, 16, 16])];
    expect(formBatch(jobs, 40)).toMatchObject({ images: [{ count: 4 }], texts: [{ count: 1 }] });
    const batch = formBatch([ask(12), ask(0, [16, 16, 16])], 100);
    // Half of it is two chunks less than fit, and enough for all texts.
    expect(counts(batch.images)).toEqual([[0, 4]]);
    expect(counts(batch.texts)).toEqual([[0, 3]]);
    expect(counts(formBatch([ask(12)], 100).images)).toEqual([[0, 8]]);
  });

  it('leaves other models for the next batch', () => {
    const other = { ...served };
    const jobs: Jobs = [ask(1), ask(2, [], other), ask(2)];
    const batch = formBatch(jobs, 1000);
    expect(batch.images.map(({ job }) => job)).toEqual([jobs[0], jobs[2]]);
    expect(isTaken(jobs[1]!)).toBe(false);
  });
});
