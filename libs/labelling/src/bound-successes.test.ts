import { describe, expect, it } from 'vitest';
import { boundSuccesses } from './bound-successes.js';

/** P(X >= x) for X ~ Hypergeometric(M, K, s), by exact products of whole numbers. */
function upperTail(
  [population, marked, drawn]: [number, number, number],
  successes: number,
): number {
  const choose = (n: number, k: number): bigint => {
    let value = 1n;
    for (let i = 0; i < k; i += 1) value = (value * BigInt(n - i)) / BigInt(i + 1);
    return n < k ? 0n : value;
  };
  let ways = 0n;
  for (let hits = successes; hits <= Math.min(drawn, marked); hits += 1) {
    ways += choose(marked, hits) * choose(population - marked, drawn - hits);
  }
  return Number((ways * 10n ** 15n) / choose(population, drawn)) / 1e15;
}

describe('boundSuccesses', () => {
  it.each([
    [{ population: 40, drawn: 10, successes: 10 }, 0.05],
    [{ population: 40, drawn: 10, successes: 7 }, 0.05],
    [{ population: 40, drawn: 10, successes: 1 }, 0.005],
    [{ population: 200, drawn: 60, successes: 59 }, 0.0005],
  ])('is the least number that is not excluded: %j at %f', (sample, level) => {
    const low = boundSuccesses(sample, level);
    const { population, drawn, successes } = sample;
    expect(upperTail([population, low, drawn], successes)).toBeGreaterThan(level);
    expect(upperTail([population, low - 1, drawn], successes)).toBeLessThanOrEqual(level);
  });

  it('errs with no more than its level, whatever is true', () => {
    for (const marked of [0, 1, 5, 20, 35, 39, 40]) {
      let wrong = 0;
      for (let successes = 0; successes <= Math.min(10, marked); successes += 1) {
        const sample = { population: 40, drawn: 10, successes };
        if (boundSuccesses(sample, 0.05) <= marked) continue;
        const above = upperTail([40, marked, 10], successes + 1);
        wrong += upperTail([40, marked, 10], successes) - above;
      }
      expect(wrong).toBeLessThanOrEqual(0.05);
    }
  });

  it('knows all where all were drawn, and nothing where none was', () => {
    expect(boundSuccesses({ population: 12, drawn: 12, successes: 9 }, 0.01)).toBe(9);
    expect(boundSuccesses({ population: 12, drawn: 0, successes: 0 }, 0.01)).toBe(0);
    expect(boundSuccesses({ population: 0, drawn: 0, successes: 0 }, 0.01)).toBe(0);
  });

  it('does not take long for a million', () => {
    const low = boundSuccesses({ population: 1_000_000, drawn: 60, successes: 60 }, 0.001);
    // Of so many the sample is one with replacement: Clopper and Pearson's level^(1/60).
    expect(low / 1_000_000).toBeCloseTo(0.001 ** (1 / 60), 4);
  });

  it('refuses counts that do not fit', () => {
    expect(() => boundSuccesses({ population: 5, drawn: 6, successes: 1 }, 0.05)).toThrow(
      RangeError,
    );
    expect(() => boundSuccesses({ population: 5, drawn: 5, successes: 1 }, 0)).toThrow(RangeError);
  });
});
