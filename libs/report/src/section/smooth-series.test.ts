import { expect, it } from 'vitest';
import { smoothSeries } from './smooth-series.js';

it('ignores a lone spike and bridges a lone gap', () => {
  const points = Array.from({ length: 9 }, (_, x) => ({
    x,
    y: x === 4 ? 100 : x === 5 ? null : 1,
  }));
  expect(smoothSeries(points).map((p) => p.y)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
});

it('has no value where nothing near was measured', () => {
  const points = Array.from({ length: 12 }, (_, x) => ({ x, y: x < 6 ? null : 2 }));
  expect(smoothSeries(points)[0]?.y).toBeNull();
  expect(
    smoothSeries([
      { x: 0, y: 1 },
      { x: 1, y: 3 },
    ]).map((p) => p.y),
  ).toEqual([2, 2]);
});
