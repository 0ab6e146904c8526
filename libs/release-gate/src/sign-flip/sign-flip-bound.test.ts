import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectStrata, meanChange, type Stratum } from '../bounds/group-strata.js';
import { arbitraryStrata } from '../test-support/strata.js';
import { convolveSubsets } from './convolve-subsets.js';
import { drawSubsets } from './draw-subsets.js';
import { signFlipPValue, signFlipUpperBound } from './sign-flip-bound.js';
import { listSubsetChanges } from './subset-changes.js';

const listGroups = (strata: readonly Stratum[]) =>
  strata.flatMap(({ size, change, count }) => new Array(count).fill({ size, change }) as Stratum[]);

/** The test as its definition says: all 2^G sign vectors on d_g - delta n_g. */
function enumerateSigns(strata: readonly Stratum[], delta: number): number {
  const values = listGroups(strata).map(({ size, change }) => change - delta * size);
  const observed = values.reduce((sum, value) => sum + value, 0);
  let extreme = 0;
  for (let signs = 0; signs < 2 ** values.length; signs += 1) {
    const flipped = values.reduce((sum, y, g) => sum + ((signs >> g) & 1 ? -y : y), 0);
    if (flipped <= observed + 1e-9) extreme += 1;
  }
  return extreme / 2 ** values.length;
}

const strata = collectStrata({
  groups: [-4, -3, -6, 0, -2, 1, -5, -1].map((change) => ({
    size: 10,
    negativeFlips: Math.max(0, -change),
    positiveFlips: Math.max(0, change),
  })),
});

describe('the sign-flip test', () => {
  it.each([-0.5, -0.21, -0.05, 0, 0.07])('equals the enumeration of signs at %f', (delta) => {
    const subsets = listSubsetChanges(strata, 0);
    expect(signFlipPValue(subsets, delta)).toBeCloseTo(enumerateSigns(strata, delta), 12);
  });

  it('equals the enumeration of signs for groups of any sizes', () => {
    fc.assert(
      fc.property(arbitraryStrata, (groups) => {
        fc.pre(listGroups(groups).length <= 10);
        // A delta that no subset's mean of up to 120 examples can equal.
        const delta = -1 / Math.PI ** 4;
        const p = signFlipPValue(listSubsetChanges(groups, 0), delta);
        expect(p).toBeCloseTo(enumerateSigns(groups, delta), 12);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('has an upper bound that rejects exactly what lies above it', () => {
    const subsets = listSubsetChanges(strata, 0);
    const bound = signFlipUpperBound(subsets, 0.05);
    expect(signFlipPValue(subsets, bound)).toBeGreaterThan(0.05);
    expect(signFlipPValue(subsets, bound + 1e-9)).toBeLessThanOrEqual(0.05);
  });

  it('cannot bound anything with four groups at level 0.05: 2^-4 is more', () => {
    const subsets = listSubsetChanges([{ size: 10, change: -10, count: 4 }], 0);
    expect(signFlipUpperBound(subsets, 0.05)).toBe(1);
    const five = listSubsetChanges([{ size: 10, change: -10, count: 5 }], 0);
    expect(signFlipUpperBound(five, 0.05)).toBe(-1);
  });

  it('has upper bounds at or above the observed change that fall as the level rises', () => {
    fc.assert(
      fc.property(arbitraryStrata, (groups) => {
        const subsets = listSubsetChanges(groups, 0);
        const bounds = [0.45, 0.1, 0.05, 0.005].map((level) => signFlipUpperBound(subsets, level));
        const ascending = [meanChange(groups), ...bounds];
        for (let i = 1; i < ascending.length; i += 1) {
          expect(ascending[i]).toBeGreaterThanOrEqual(ascending[i - 1]!);
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it.each([0, 0.5])('refuses level %f', (level) => {
    expect(() => signFlipUpperBound(listSubsetChanges(strata, 0), level)).toThrow(RangeError);
  });
});

describe('the subsets', () => {
  it('have probabilities that sum to one', () => {
    const subsets = convolveSubsets(strata)!;
    expect(subsets.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 14);
  });

  it('are drawn where the exact distribution would take too long', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      size: 50 + i,
      change: i - 20,
      count: 40,
    }));
    expect(convolveSubsets(many)).toBeUndefined();
    expect(listSubsetChanges(many, 7)).toEqual(listSubsetChanges(many, 7));
    expect(listSubsetChanges(many, 7)).not.toEqual(listSubsetChanges(many, 8));
  });

  it('drawn at random give nearly the exact p-values', () => {
    const exact = signFlipPValue(listSubsetChanges(strata, 0), -0.15);
    const drawn = drawSubsets(strata, 5);
    const p = drawn.reduce(
      (sum, { change, size, weight }) =>
        size === 0 || change / size >= -0.15 ? sum + weight : sum,
      0,
    );
    // Four standard errors of 8192 pairs.
    expect(Math.abs(p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 8192));
  });

  it('drawn at random come with their complements, so that bounds enclose the change', () => {
    const drawn = drawSubsets(strata, 5);
    const total = drawn[1]!;
    for (let i = 0; i < drawn.length; i += 2) {
      expect(drawn[i]!.size + drawn[i + 1]!.size).toBe(total.size);
      expect(drawn[i]!.change + drawn[i + 1]!.change).toBe(total.change);
    }
  });
});
