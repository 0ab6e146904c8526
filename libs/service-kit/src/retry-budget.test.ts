import { expect, it } from 'vitest';
import { createRetryBudget } from './retry-budget.js';

it('allows four refusals in a row, and one more for every ten answers', () => {
  const budget = createRetryBudget();
  const fail = () => budget.fail();
  expect([1, 2, 3, 4, 5, 6].map(fail)).toEqual([true, true, true, true, false, false]);
  // Five and a bit: sums of tenths are not exact.
  for (let answers = 0; answers < 21; answers += 1) budget.succeed();
  expect([fail(), fail()]).toEqual([true, false]);
});

it('saves no more than ten', () => {
  const budget = createRetryBudget();
  for (let answers = 0; answers < 1000; answers += 1) budget.succeed();
  expect([1, 2, 3, 4, 5].map(() => budget.fail())).toEqual([true, true, true, true, false]);
});
