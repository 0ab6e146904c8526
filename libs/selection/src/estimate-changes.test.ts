import { describe, expect, it } from 'vitest';
import { estimateChanges, shrinkVariances } from './estimate-changes.js';

const observe = (change: number, groupVariance: number, groups = 5) => ({
  change,
  groupVariance,
  groups,
});

describe('shrinkVariances', () => {
  it('does not believe that a task without a flip in few groups has no noise', () => {
    const [still, noisy] = shrinkVariances([observe(0, 0), observe(-0.1, 0.06)]);
    // Both have five groups: v = 0.03, and (5 * own + 10 * 0.03) / 15.
    expect(still!.groupVariance).toBeCloseTo(0.02, 12);
    expect(noisy!.groupVariance).toBeCloseTo(0.04, 12);
  });

  it('leaves a task of many groups nearly alone', () => {
    const [own] = shrinkVariances([observe(0, 0.1, 1000), observe(0, 0.2, 1000)]);
    expect(own!.groupVariance).toBeCloseTo(0.1, 2);
  });
});

describe('estimateChanges', () => {
  it('takes changes that differ no more than their noise for the same one', () => {
    const changes = estimateChanges([observe(-0.02, 0.05), observe(0.02, 0.05), observe(0, 0.05)]);
    for (const { mean } of changes) expect(mean).toBeCloseTo(0, 12);
    // Fifteen groups of variance 0.05 together.
    expect(changes[0]!.variance).toBeCloseTo(0.05 / 15, 12);
  });

  it('lets a loss stand that is far beyond the noise', () => {
    const changes = estimateChanges([
      observe(0, 0.001, 20),
      observe(0.01, 0.001, 20),
      observe(-0.5, 0.001, 20),
    ]);
    expect(changes[2]!.mean).toBeLessThan(-0.49);
    expect(Math.abs(changes[0]!.mean)).toBeLessThan(0.01);
  });

  it('agrees with the formulas worked out by hand', () => {
    // s^2 = 0.01 each: m = 0, Q = 2 * 0.04 / 0.01 = 8, T^2 = (8 - 1) / (200 - 100) = 0.07, B = 1/8.
    const [first, second] = estimateChanges([observe(-0.2, 0.05), observe(0.2, 0.05)]);
    expect(first!.mean).toBeCloseTo(-0.2 * (7 / 8), 12);
    expect(second!.mean).toBeCloseTo(0.2 * (7 / 8), 12);
    expect(first!.variance).toBeCloseTo((7 / 8) * 0.01 + (1 / 64) * (0.08 / 2), 12);
  });

  it('is certain of nothing having changed where nothing flipped in any task', () => {
    expect(estimateChanges([observe(0, 0), observe(0, 0)])).toEqual([
      { mean: 0, variance: 0 },
      { mean: 0, variance: 0 },
    ]);
  });

  it('believes a single task as far as its noise allows', () => {
    expect(estimateChanges([observe(-0.1, 0.05)])).toEqual([{ mean: -0.1, variance: 0.01 }]);
  });
});
