import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { divideLimits } from './divide-limits.js';

it('divides processors and memory among engines, and keeps what was said', () => {
  const whole = divideLimits({}, 1);
  const half = divideLimits({}, 2);
  expect(whole.threads).toBe(Math.min(availableParallelism(), 4));
  expect(half.threads).toBe(Math.max(1, Math.min(Math.floor(availableParallelism() / 2), 4)));
  expect(half.activationBudgetBytes).toBe(Math.floor(whole.activationBudgetBytes! / 2));
  expect(divideLimits({}, 10_000)).toMatchObject({ threads: 1, imageWorkers: 0 });
  const said = {
    threads: 3,
    imageWorkers: 2,
    activationBudgetBytes: 2 ** 30,
    executionProvider: 'auto',
  } as const;
  expect(divideLimits(said, 8)).toEqual(said);
});
