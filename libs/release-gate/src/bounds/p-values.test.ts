import { describe, expect, it } from 'vitest';
import { holmPValues } from './holm-p-values.js';
import { mcnemarPValue } from './mcnemar-p-value.js';

describe('mcnemarPValue', () => {
  // scipy 1.17.1: binomtest(b, b + c, 0.5, alternative='greater').pvalue.
  it.each([
    [16, 6, 0.026239395141601562],
    [7, 1, 0.03515625],
    [1, 0, 0.5],
    [3, 9, 0.980712890625],
    [1200, 1100, 0.019483426341910116],
    [0, 5, 1],
  ])('of %i losses and %i gains is %f', (negativeFlips, positiveFlips, expected) => {
    expect(mcnemarPValue({ negativeFlips, positiveFlips })).toBeCloseTo(expected, 10);
  });

  it('is 1 without flips', () => {
    expect(mcnemarPValue({ negativeFlips: 0, positiveFlips: 0 })).toBe(1);
  });

  it('refuses counts that are not whole', () => {
    expect(() => mcnemarPValue({ negativeFlips: 0.5, positiveFlips: 0 })).toThrow(RangeError);
    expect(() => mcnemarPValue({ negativeFlips: 1, positiveFlips: -1 })).toThrow(RangeError);
  });
});

describe('holmPValues', () => {
  // statsmodels 0.15.0: multipletests(p, method='holm').
  it.each([
    [
      [0.01, 0.04, 0.03, 0.005, 0.2],
      [0.04, 0.09, 0.09, 0.025, 0.2],
    ],
    [
      [0.5, 0.5, 0.001],
      [1, 1, 0.003],
    ],
  ])('adjusts %o', (pValues, expected) => {
    holmPValues(pValues).forEach((p, i) => {
      expect(p).toBeCloseTo(expected[i]!, 14);
    });
  });

  it('leaves a single p-value alone', () => {
    expect(holmPValues([0.03])).toEqual([0.03]);
  });
});
