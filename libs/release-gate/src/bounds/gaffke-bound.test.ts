import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryStrata } from '../test-support/strata.js';
import { weighExponentials } from './exponential-sums.js';
import { gaffkeLowerBound, gaffkePValue } from './gaffke-bound.js';
import { meanChange } from './group-strata.js';

const levels = [0.05, 0.001];

describe('gaffkeLowerBound', () => {
  it.each([1, 2, 8, 45, 1000])('without flips in %i equal groups is 1 - level^(1/G)', (groups) => {
    for (const level of levels) {
      const bound = gaffkeLowerBound([{ size: 10, change: 0, count: groups }], level);
      expect(bound).toBeCloseTo(level ** (1 / groups) - 1, 10);
    }
  });

  // scipy 1.17.1: Clopper and Pearson's limit, -beta.ppf(1 - level, b + 1, n - b).
  it.each([
    [1, 10, 0.05, -0.39416330243650466],
    [3, 20, 0.0001, -0.5797163827184642],
    [10, 100, 0.05, -0.16371762327581477],
    [10, 100_000, 0.0001, -0.000277598288642773],
    [5000, 100_000, 0.05, -0.05114832194700964],
  ])(
    'with %i of %i groups lost whole is the exact binomial limit at %f',
    (lost, n, level, limit) => {
      const strata = [
        { size: 7, change: -7, count: lost },
        { size: 7, change: 0, count: n - lost },
      ];
      expect(gaffkeLowerBound(strata, level)).toBeCloseTo(limit, 9);
    },
  );

  // numpy 2, 2,000,000 draws of exponential weights: 0.05 quantile and share at or below -0.1.
  // Their own error is about 3e-4 in the quantile and 3.5e-4 in the share.
  it.each([
    [
      [
        { size: 10, change: -1, count: 2 },
        { size: 10, change: 0, count: 5 },
        { size: 10, change: 2, count: 1 },
      ],
      -0.31472,
      0.44304,
    ],
    [
      [
        { size: 7, change: -3, count: 2 },
        { size: 10, change: 0, count: 25 },
        { size: 30, change: 2, count: 4 },
      ],
      -0.19921,
      0.24421,
    ],
  ])('agrees with random weights for %o', (strata, bound, share) => {
    expect(Math.abs(gaffkeLowerBound(strata, 0.05) - bound)).toBeLessThan(1e-3);
    expect(Math.abs(gaffkePValue(strata, -0.1) - share)).toBeLessThan(1.4e-3);
  });

  it('is -1 where everything is lost', () => {
    expect(gaffkeLowerBound([{ size: 3, change: -3, count: 9 }], 0.05)).toBe(-1);
  });

  it('never lies above the observed change, rises with the level, and solves p = level', () => {
    fc.assert(
      fc.property(
        arbitraryStrata,
        fc.double({ min: 0.001, max: 0.45, noNaN: true }),
        (strata, level) => {
          const bound = gaffkeLowerBound(strata, level);
          expect(bound).toBeGreaterThanOrEqual(-1);
          expect(bound).toBeLessThanOrEqual(meanChange(strata));
          // 1e-9: the bound is found to 1e-11, p is steep by less than a hundred.
          // (At -1, where everything is lost, there is nothing below to reject.)
          if (bound > -1) expect(gaffkePValue(strata, bound)).toBeLessThanOrEqual(level + 1e-9);
          expect(gaffkeLowerBound(strata, level / 2)).toBeLessThanOrEqual(bound);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it.each([0, 0.5, 2])('refuses level %f', (level) => {
    expect(() => gaffkeLowerBound([{ size: 1, change: 0, count: 5 }], level)).toThrow(RangeError);
  });
});

describe('weighExponentials', () => {
  it('is certain where all weights have one sign', () => {
    expect(weighExponentials([{ weight: 2, count: 3 }])).toBe(0);
    expect(weighExponentials([{ weight: -2, count: 3 }])).toBe(1);
    expect(weighExponentials([{ weight: 0, count: 3 }])).toBe(1);
  });

  it('is the odds of two exponentials: P(a E < b E) = b / (a + b)', () => {
    const terms = [
      { weight: 3, count: 1 },
      { weight: -1, count: 1 },
    ];
    expect(weighExponentials(terms)).toBeCloseTo(0.25, 11);
  });

  it('is certain where the mean lies far beyond all deviations', () => {
    const many = (weight: number) => [
      { weight, count: 1e6 },
      { weight: -weight / 10, count: 10 },
    ];
    expect(weighExponentials(many(1))).toBeCloseTo(0, 11);
    expect(weighExponentials(many(-1))).toBeCloseTo(1, 11);
  });

  it('gives odds that are known exactly, summed over equal steps and over logarithmic ones', () => {
    // P(ratio (E_1 + ... + E_count) <= E) = (1 + ratio)^-count.
    for (const [count, ratio] of [
      [1, 1e-6],
      [3, 0.2],
      [2000, 0.001],
    ] as const) {
      const terms = [
        { weight: -1, count: 1 },
        { weight: ratio, count },
      ];
      expect(weighExponentials(terms)).toBeCloseTo((1 + ratio) ** -count, 11);
    }
  });
});
