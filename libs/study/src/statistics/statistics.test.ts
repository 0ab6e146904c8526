import { describe, expect, it } from 'vitest';
import { estimateMean } from './mean-interval.js';
import { estimateShare } from './share-interval.js';
import { studentUpperQuantile } from './student-quantile.js';

describe('studentUpperQuantile', () => {
  // Printed tables: NIST/SEMATECH e-Handbook, 1.3.6.7.2.
  it.each([
    [0.025, 1, 12.706],
    [0.025, 2, 4.303],
    [0.025, 4, 2.776],
    [0.05, 9, 1.833],
    [0.005, 4, 4.604],
    [0.001, 3, 10.215],
    [0.025, 100, 1.984],
  ])('exceeded with probability %f at %i degrees: %f', (tail, degrees, expected) => {
    expect(studentUpperQuantile(tail, degrees)).toBeCloseTo(expected, 3);
  });

  it('refuses what is no probability or no number of degrees', () => {
    expect(() => studentUpperQuantile(0.5, 3)).toThrow(RangeError);
    expect(() => studentUpperQuantile(0.05, 0)).toThrow(RangeError);
  });
});

describe('estimateMean', () => {
  it('gives the interval of a textbook', () => {
    // mean 3, s = sqrt(2.5), t(0.025, 4) = 2.776445: half = 1.963243.
    const { mean, lower, upper } = estimateMean([1, 2, 3, 4, 5], 0.05);
    expect(mean).toBe(3);
    expect(lower).toBeCloseTo(1.036757, 5);
    expect(upper).toBeCloseTo(4.963243, 5);
  });

  it('gives no interval to one value, and nothing to none', () => {
    expect(estimateMean([0.5], 0.05)).toEqual({ mean: 0.5, lower: null, upper: null });
    expect(estimateMean([], 0.05)).toEqual({ mean: null, lower: null, upper: null });
  });
});

describe('estimateShare', () => {
  // R: binom.test(x, n)$conf.int. With x = n the lower end is (level / 2)^(1 / n).
  it.each([
    [0, 5, 0, 1 - 0.025 ** (1 / 5)],
    [5, 5, 0.025 ** (1 / 5), 1],
    [4, 5, 0.2835821, 0.994949],
    [7, 10, 0.3475471, 0.9332605],
  ])('%i of %i', (count, of, lower, upper) => {
    const share = estimateShare(count, of, 0.05);
    expect(share.lower).toBeCloseTo(lower, 5);
    expect(share.upper).toBeCloseTo(upper, 5);
  });

  it('errs with a probability of at most its level, by the binomial distribution itself', () => {
    for (const share of [0.05, 0.3, 0.5, 0.8]) {
      let missed = 0;
      for (
        let count = 0, ways = 1;
        count <= 12;
        ways = (ways * (12 - count)) / (count + 1), count++
      ) {
        const { lower, upper } = estimateShare(count, 12, 0.05);
        if (share < lower! || share > upper!)
          missed += ways * share ** count * (1 - share) ** (12 - count);
      }
      expect(missed).toBeLessThanOrEqual(0.05);
    }
  });

  it('has no interval without a run, and refuses what is no share', () => {
    expect(estimateShare(0, 0, 0.05)).toEqual({ count: 0, of: 0, lower: null, upper: null });
    expect(() => estimateShare(3, 2, 0.05)).toThrow('3 of 2 is no share');
  });
});
