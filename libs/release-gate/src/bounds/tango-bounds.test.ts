import { describe, expect, it } from 'vitest';
import { tangoLowerBound, tangoScore, tangoUpperBound } from './tango-bounds.js';

const counts = (negativeFlips: number, positiveFlips: number, examples: number) => ({
  examples,
  negativeFlips,
  positiveFlips,
});

describe('tango bounds', () => {
  // R package contingencytables 3.0.0, its own tests, 95 % intervals: complete response before and
  // after consolidation therapy (Cavo et al. 2012); airway hyper-responsiveness (Bentur et al. 2009)
  // as in Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014) 2850-2875.
  it.each([
    ['Cavo', counts(16, 6, 161), -0.124, -0.0054, 4],
    ['Bentur', counts(7, 1, 21), -0.517, -0.026, 3],
  ])('agree with the published interval of %s', (_, flips, lower, upper, digits) => {
    expect(tangoLowerBound(flips, 0.025)).toBeCloseTo(lower, digits);
    expect(tangoUpperBound(flips, 0.025)).toBeCloseTo(upper, digits);
  });

  // scipy 1.17.1: the likelihood under each delta maximised by root finding, z(delta) = z_level
  // solved by brentq, without the closed form used here.
  it.each([
    [counts(40, 20, 160), 0.025, -0.21806424416682052, -0.03086453313308737],
    [counts(7, 1, 21), 0.025, -0.5172322764212658, -0.02600303248094926],
    [counts(16, 6, 161), 0.05, -0.11312605305245356, -0.015058363815794262],
    [counts(120, 15, 1000), 0.0056, -0.13511882460888827, -0.07810575945049364],
  ])('agree with a numerical maximum of the likelihood: %o at %f', (flips, level, lower, upper) => {
    // The other side's likelihood equation was solved to about 1e-11.
    expect(tangoLowerBound(flips, level)).toBeCloseTo(lower, 10);
    expect(tangoUpperBound(flips, level)).toBeCloseTo(upper, 10);
  });

  it('without flips are z^2 / (n + z^2) away', () => {
    const z = 1.6448536269514729;
    const bound = z ** 2 / (10 + z ** 2);
    expect(tangoLowerBound(counts(0, 0, 10), 0.05)).toBeCloseTo(-bound, 12);
    expect(tangoUpperBound(counts(0, 0, 10), 0.05)).toBeCloseTo(bound, 12);
  });

  it('reach -1 where every example flipped to wrong', () => {
    expect(tangoLowerBound(counts(8, 0, 8), 0.05)).toBe(-1);
    expect(tangoUpperBound(counts(8, 0, 8), 0.05)).toBeLessThan(0);
  });

  it.each([0, 0.5, Number.NaN])('refuse level %f', (level) => {
    expect(() => tangoLowerBound(counts(1, 1, 10), level)).toThrow(RangeError);
  });
});

describe('tangoScore', () => {
  it('agrees with a numerical maximum of the likelihood', () => {
    // scipy 1.17.1, as above.
    expect(tangoScore(counts(16, 6, 161), -0.05)).toBeCloseTo(-0.4260577914739002, 10);
    expect(tangoScore(counts(6, 16, 161), -0.05)).toBeCloseTo(3.524858002589429, 10);
  });

  it('is McNemar z at no change: (c - b) / sqrt(b + c)', () => {
    expect(tangoScore(counts(16, 6, 161), 0)).toBeCloseTo(-10 / Math.sqrt(22), 14);
  });

  it('is infinite where the hypothesis cannot have given the data', () => {
    expect(tangoScore(counts(0, 0, 10), -1)).toBe(Number.POSITIVE_INFINITY);
    expect(tangoScore(counts(0, 0, 10), 1)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is 0 at the observed change', () => {
    expect(tangoScore(counts(3, 1, 8), -0.25)).toBe(0);
  });
});
