import { describe, expect, it } from 'vitest';
import { describeMeasure } from './describe-measure.js';

const settings = { name: 'brightness', unit: 'luma', isLogarithmic: false } as const;
const describeValues = (values: readonly number[], sides: 'low' | 'both', isLogarithmic = false) =>
  describeMeasure(
    values.map((_, row) => row),
    { ...settings, sides, isLogarithmic, read: (row) => values[row]! },
  );

describe('describeMeasure', () => {
  it('gives quantiles, and what the modified z-score calls unusual, the furthest first', () => {
    const values = [10, 11, 12, 13, 14, 15, 16, 17, 18, 80, -90];
    const measure = describeValues(values, 'both');
    expect(measure).toMatchObject({ least: -90, median: 14, most: 80, outliers: 2 });
    expect(measure.listed).toEqual([
      { row: 10, value: -90 },
      { row: 9, value: 80 },
    ]);
    // MAD is 3: 14 -+ 3.5 * 3 / 0.6745.
    expect(measure.low).toBeCloseTo(14 - 15.567, 3);
    expect(describeValues(values, 'low')).toMatchObject({ outliers: 1, high: null });
  });

  it('finds what differs where most values are the same', () => {
    const values = [...Array.from({ length: 99 }, () => 32), 512];
    expect(describeValues(values, 'both', true).listed).toEqual([{ row: 99, value: 512 }]);
    expect(describeValues([32, 32, 32], 'both').outliers).toBe(0);
  });

  it('says zeros of no images', () => {
    expect(describeValues([], 'both')).toMatchObject({ least: 0, median: 0, outliers: 0 });
  });
});
