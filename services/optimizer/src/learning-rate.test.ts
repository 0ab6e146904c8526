import '@holdfast/testing';
import { expect, it } from 'vitest';
import { learningRateAt } from './learning-rate.js';

const schedule = { learningRate: 0.3, warmupSteps: 3, totalSteps: 11 };

it('rises linearly and reaches the learning rate with the last step of the warm-up', () => {
  const rates = [0, 1, 2, 3].map((step) => learningRateAt(step, schedule));
  expect(rates).toBeAllclose([0.1, 0.2, 0.3, 0.3], { rtol: 1e-15 });
});

it('falls along a cosine to zero after the last step', () => {
  const half = learningRateAt(7, schedule);
  expect(half).toBeAllclose(0.15, { rtol: 1e-15 });
  const rates = Array.from({ length: 8 }, (_, i) => learningRateAt(3 + i, schedule));
  expect(rates.toSorted((a, b) => b - a)).toEqual(rates);
  expect(rates.at(-1)).toBeAllclose(0.15 * (1 + Math.cos((7 / 8) * Math.PI)), { rtol: 1e-15 });
  expect(learningRateAt(11, schedule)).toBe(0);
  expect(learningRateAt(1000, schedule)).toBe(0);
});

it('starts at the learning rate without a warm-up, and never divides by zero', () => {
  expect(learningRateAt(0, { ...schedule, warmupSteps: 0 })).toBe(0.3);
  expect(learningRateAt(10, { ...schedule, warmupSteps: 11 })).toBe(0.3);
  expect(learningRateAt(4, { ...schedule, warmupSteps: 20 })).toBeAllclose(0.075, { rtol: 1e-15 });
  expect(learningRateAt(11, { ...schedule, warmupSteps: 20 })).toBe(0);
});

it.each([
  [-1, {}, 'step is a whole number of at least 0, not -1'],
  [0.5, {}, 'not 0.5'],
  [0, { warmupSteps: -1 }, 'warmupSteps is a whole number'],
  [0, { totalSteps: Number.NaN }, 'totalSteps is a whole number'],
  [0, { learningRate: Infinity }, 'learningRate is finite'],
])('refuses step %d of %o', (step, wrong, message) => {
  expect(() => learningRateAt(step, { ...schedule, ...wrong })).toThrow(message);
});
