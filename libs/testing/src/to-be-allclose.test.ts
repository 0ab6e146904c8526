import { describe, expect, it } from 'vitest';
import { compareAllclose } from './to-be-allclose.js';

describe('toBeAllclose', () => {
  it('accepts numbers within the tolerance, NaN for NaN and infinity for itself', () => {
    expect([1, 2.0001, Number.NaN, Infinity]).toBeAllclose([1, 2, Number.NaN, Infinity], {
      rtol: 1e-4,
    });
    expect(Float32Array.of(0.1)).toBeAllclose(Float64Array.of(0.1), { rtol: 1e-7 });
    expect(3).toBeAllclose(3.05, { atol: 0.1, rtol: 0 });
  });

  it('names the worst element and counts those outside', () => {
    const { pass, message } = compareAllclose([1, 2, 3.5], [1, 2.1, 3], { rtol: 0, atol: 0.01 });
    expect(pass).toBe(false);
    expect(message()).toContain('2 of 3 elements');
    expect(message()).toContain('worst: [2] is 3.5, expected 3');
  });

  it('refuses another length, a NaN, and what is not numbers', () => {
    expect(compareAllclose([1], [1, 2]).message()).toBe('expected 2 elements, got 1');
    expect(compareAllclose([Number.NaN], [1], { atol: 10 }).pass).toBe(false);
    expect(compareAllclose(undefined, [1]).pass).toBe(false);
    expect(compareAllclose(['1'], [1]).pass).toBe(false);
    expect(() => expect([1]).not.toBeAllclose([1])).toThrow('expected some not to be');
  });
});
