import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { PenaltyName } from './penalties.js';
import { penaltyCoefficientAt, weighPenalty } from './penalty-weight.js';
import { settings } from './test-support/random-constraint.js';

const weigh = (penalty: PenaltyName, violation: number, multiplier = 0) =>
  weighPenalty({ violation, multiplier }, 4, { ...settings, penalty, smoothingWidth: 0.2 });

describe('weighPenalty', () => {
  it.each([
    ['squaredHinge', -0.1, 0],
    ['squaredHinge', 0.1, 0.4],
    ['hinge', -0.1, 0],
    ['hinge', 0, 0],
    ['hinge', 1e-9, 4],
    ['smoothedHinge', -0.1, 0],
    ['smoothedHinge', 0.05, 1],
    ['smoothedHinge', 0.2, 4],
    ['smoothedHinge', 5, 4],
    ['fixed', -5, 4],
    ['none', 5, 0],
  ] as const)('%s at a violation of %d is %d', (penalty, violation, weight) => {
    expect(weigh(penalty, violation)).toBeAllclose(weight, { rtol: 1e-15 });
  });

  it('augmentedLagrangian adds the multiplier and is never negative', () => {
    expect(weigh('augmentedLagrangian', 0.25, 3)).toBe(4);
    expect(weigh('augmentedLagrangian', -0.5, 3)).toBe(1);
    expect(weigh('augmentedLagrangian', -5, 3)).toBe(0);
  });

  it('the measured drive replaces every penalty', () => {
    const measured = { ...settings, drive: 'measured' } as const;
    const task = { violation: 5, multiplier: 0.3 };
    expect(weighPenalty(task, 4, { ...measured, penalty: 'squaredHinge' })).toBe(0.3);
    expect(weighPenalty(task, 4, { ...measured, penalty: 'none' })).toBe(0.3);
  });
});

describe('penaltyCoefficientAt', () => {
  it('is constant without a ramp', () => {
    expect(penaltyCoefficientAt(0, settings)).toBe(3);
    expect(penaltyCoefficientAt(1e6, settings)).toBe(3);
  });

  it('rises from 0 along a half cosine and stays', () => {
    const ramp = { ...settings, penaltyRampSteps: 6 };
    const coefficients = [0, 2, 3, 4, 6, 7].map((step) => penaltyCoefficientAt(step, ramp));
    expect(coefficients).toBeAllclose([0, 0.75, 1.5, 2.25, 3, 3], { rtol: 1e-14, atol: 1e-15 });
  });
});
