import { describe, expect, it } from 'vitest';
import { normalUpperQuantile, normalUpperTail } from './normal-distribution.js';

describe('normalUpperTail', () => {
  // scipy 1.17.1, stats.norm.sf.
  it.each([
    [-2, 0.9772498680518208],
    [0.5, 0.3085375387259869],
    [2.9, 0.0018658133003840375],
    [3.1, 0.0009676032132183563],
    [8, 6.22096057427174e-16],
  ])('at %f is %f', (x, expected) => {
    // Summing some dozen terms costs a few digits of sixteen.
    expect(Math.abs(normalUpperTail(x) / expected - 1)).toBeLessThan(1e-12);
  });

  it('is a half at zero', () => {
    expect(normalUpperTail(0)).toBe(0.5);
  });
});

describe('normalUpperQuantile', () => {
  // scipy 1.17.1, stats.norm.isf.
  it.each([
    [0.05, 1.6448536269514729],
    [0.0056, 2.5363960132149588],
    [1e-6, 4.753424308822899],
    [0.4, 0.2533471031357997],
  ])('of %f is %f', (probability, expected) => {
    expect(normalUpperQuantile(probability)).toBeCloseTo(expected, 11);
  });

  it.each([0, 1, -0.1, Number.NaN])('refuses %f', (probability) => {
    expect(() => normalUpperQuantile(probability)).toThrow(RangeError);
  });
});
