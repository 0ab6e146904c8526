import { createRandom } from '@holdfast/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tangoLowerBound } from '../bounds/tango-bounds.js';
import {
  compareExamples,
  compareGroups,
  type GroupTriple,
  repeatGroup,
} from '../test-support/flips.js';
import { estimateChange } from './estimate-change.js';

const settings = { level: 0.05, seed: 0 };

/** Groups of any sizes and flips, some without any. */
const arbitraryGroups = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.nat(12), fc.nat(12))
    .map(([size, a, b]): GroupTriple => {
      const losses = Math.min(size, a);
      return [size, losses, Math.min(size - losses, b)];
    }),
  { minLength: 1, maxLength: 15 },
);

describe('estimateChange', () => {
  it('treats groups of one as independent examples', () => {
    const estimate = estimateChange(compareExamples(500, { losses: 12, gains: 9 }), settings);
    expect(estimate.method).toBe('tango');
  });

  it('has wider bounds for the same flips in groups than for independent examples', () => {
    const independent = estimateChange(compareExamples(300, { losses: 12, gains: 6 }), settings);
    const grouped = estimateChange(
      compareGroups([...repeatGroup([10, 6, 0], 2), [10, 0, 6], ...repeatGroup([10, 0, 0], 27)]),
      settings,
    );
    expect(grouped.method).toBe('gaffke+sign-flip');
    expect(grouped.lowerBound).toBeLessThan(independent.lowerBound);
    expect(grouped.upperBound).toBeGreaterThan(independent.upperBound);
    expect(grouped.standardError).toBeGreaterThan(2 * independent.standardError);
  });

  it('without flips is as unsure as the number of groups, not of examples', () => {
    const estimate = estimateChange(compareGroups(repeatGroup([30, 0, 0], 10)), settings);
    const bound = 1 - 0.05 ** (1 / 10);
    expect(estimate).toMatchObject({ method: 'zero-flip', mcnemarPValue: 1, standardError: 0 });
    expect(estimate.lowerBound).toBeCloseTo(-bound, 10);
    expect(estimate.upperBound).toBeCloseTo(bound, 10);
    expect(estimate.smallestDetectableDrop).toBeCloseTo(bound, 10);
  });

  it('does not take flips that cancel in every group for certainty', () => {
    const estimate = estimateChange(compareGroups(repeatGroup([10, 1, 1], 10)), settings);
    expect(estimate.method).toBe('zero-flip');
    expect(estimate.upperBound).toBeCloseTo(1 - 0.05 ** (1 / 10), 10);
  });

  it('is at least as unsure with a stray flip as without: one flip is no proof', () => {
    const quiet = estimateChange(compareGroups(repeatGroup([10, 0, 0], 12)), settings);
    for (const stray of [[10, 1, 0] as const, [10, 1, 1] as const]) {
      const groups = [stray, ...repeatGroup([10, 0, 0], 11)];
      const { lowerBound } = estimateChange(compareGroups(groups), settings);
      expect(lowerBound).toBeLessThanOrEqual(quiet.lowerBound + 1e-12);
    }
  });

  it('without a gain among independent examples keeps the exact binomial limit', () => {
    const estimate = estimateChange(compareExamples(100, { losses: 10, gains: 0 }), settings);
    // scipy 1.17.1: -beta.ppf(0.95, 11, 90); Tango's (Wilson's) limit would be -0.1602.
    expect(estimate.lowerBound).toBeCloseTo(-0.16371762327581477, 9);
  });

  it('is the more careful of both bounds below 200 independent examples', () => {
    const flips = { losses: 0, gains: 1 };
    const lowerBound = (n: number) =>
      estimateChange(compareExamples(n, flips), settings).lowerBound;
    const tango = (n: number) =>
      tangoLowerBound({ examples: n, negativeFlips: 0, positiveFlips: 1 }, settings.level);
    expect(lowerBound(199)).toBeLessThan(tango(199));
    expect(lowerBound(200)).toBe(tango(200));
  });

  it('has a smallest detectable drop that shrinks with examples and grows with discordance', () => {
    const drop = (n: number, flips: number) =>
      estimateChange(compareExamples(n, { losses: flips, gains: flips }), settings)
        .smallestDetectableDrop;
    expect(drop(1000, 20)).toBeLessThan(drop(500, 20));
    expect(drop(1000, 20)).toBeLessThan(drop(1000, 40));
    // z sqrt(b + c) / n: the half-width of a normal interval about no change.
    expect(drop(1000, 20)).toBeCloseTo((1.645 * Math.sqrt(40)) / 1000, 3);
  });

  it('has a smallest detectable drop of at most 1, whatever the change', () => {
    const gained = compareGroups([...repeatGroup([10, 0, 8], 9), [10, 8, 0]]);
    const { smallestDetectableDrop } = estimateChange(gained, settings);
    expect(smallestDetectableDrop).toBeGreaterThan(0);
    expect(smallestDetectableDrop).toBeLessThanOrEqual(1);
  });

  it('has bounds on both sides of the change that widen as the level falls', () => {
    fc.assert(
      fc.property(arbitraryGroups, (groups) => {
        const comparison = compareGroups(groups);
        const bounds = [0.001, 0.02, 0.05, 0.3].map((level) =>
          estimateChange(comparison, { level, seed: 0 }),
        );
        const ascending = [
          ...bounds.map((b) => b.lowerBound),
          comparison.accuracyChange,
          ...bounds.map((b) => b.upperBound).reverse(),
        ];
        for (let i = 1; i < ascending.length; i += 1) {
          // 1e-10: bounds are found to 1e-11.
          expect(ascending[i]).toBeGreaterThanOrEqual(ascending[i - 1]! - 1e-10);
        }
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  it('does not depend on the order of the groups', () => {
    fc.assert(
      fc.property(arbitraryGroups, fc.nat(), (groups, seed) => {
        const shuffled = [...groups];
        createRandom(seed).shuffle(shuffled);
        expect(estimateChange(compareGroups(shuffled), settings)).toEqual(
          estimateChange(compareGroups(groups), settings),
        );
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
