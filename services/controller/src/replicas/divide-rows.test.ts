import { expect, it } from 'vitest';
import { type DivideOptions, divideRows } from './divide-rows.js';

const countsOf = (rows: number, options: DivideOptions) =>
  divideRows(rows, options).map(({ count }) => count);

it('divides into whole chunks in proportion to weights, the last one shorter', () => {
  const options = { chunk: 16, weights: [1, 3] };
  expect(divideRows(172, options)).toEqual([
    { start: 0, count: 48 },
    { start: 48, count: 124 },
  ]);
  expect(countsOf(172, { chunk: 16, weights: [1, 1] })).toEqual([96, 76]);
});

it('gives each part the least, from those that have most', () => {
  const weights = [1000, 1, 1, 1];
  expect(countsOf(80, { chunk: 8, weights, least: 1 })).toEqual([56, 8, 8, 8]);
  expect(countsOf(80, { chunk: 8, weights })).toEqual([80, 0, 0, 0]);
});

it('leaves out the slowest parts of a batch that is too small', () => {
  expect(countsOf(20, { chunk: 8, weights: [2, 1, 3, 1, 9], least: 1 })).toEqual([8, 0, 8, 0, 4]);
  expect(countsOf(0, { chunk: 8, weights: [1, 1], least: 1 })).toEqual([0, 0]);
});

it('loses no row and takes none twice', () => {
  for (let rows = 0; rows < 200; rows += 7) {
    for (const chunk of [1, 3, 16]) {
      const weights = [0.3, 5, 1.7, 1, 1];
      const ranges = divideRows(rows, { chunk, weights, least: 1 });
      let next = 0;
      for (const { start, count } of ranges) {
        expect(start).toBe(next);
        next += count;
        if (next < rows) expect(count % chunk).toBe(0);
      }
      expect(next).toBe(rows);
    }
  }
});
