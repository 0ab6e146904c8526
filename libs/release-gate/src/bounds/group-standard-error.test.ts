import { describe, expect, it } from 'vitest';
import { groupStandardError } from './group-standard-error.js';

const group = (size: number, change: number, count = 1) => ({ size, change, count });

describe('groupStandardError', () => {
  // numpy/scipy: the CR2 sandwich written with matrices, A_g = (I - 11'/n)^(-1/2) by sqrtm.
  it.each([
    [[group(4, -1), group(10, 0), group(7, 3), group(5, -5)], 0.2624638931898792],
    [[group(10, -1), group(10, 0), group(10, 2)], 0.08819171036881965],
  ])('is the CR2 sandwich of a mean: %o', (strata, expected) => {
    expect(groupStandardError(strata)).toBeCloseTo(expected, 12);
  });

  it('is the usual standard error of a mean where groups are single examples', () => {
    // 3 losses and 1 gain among 20: variance of the changes with n - 1.
    const strata = [group(1, -1, 3), group(1, 0, 16), group(1, 1, 1)];
    const variance = (4 - 20 * 0.1 ** 2) / 19;
    expect(groupStandardError(strata)).toBeCloseTo(Math.sqrt(variance / 20), 14);
  });

  it('is 0 without flips, and 1 from a single group', () => {
    expect(groupStandardError([group(10, 0, 8)])).toBe(0);
    expect(groupStandardError([group(10, -2)])).toBe(1);
  });
});
