import { expect, it } from 'vitest';
import { defaultActivationBudget } from './default-activation-budget.js';

const gib = 2 ** 30;

it.each([
  ['the machine', { total: 24 * gib, limit: 0 }, 6 * gib],
  ['a container', { total: 24 * gib, limit: 4 * gib }, gib],
  ['a limit that is none', { total: 8 * gib, limit: 2 ** 63 }, 2 * gib],
  ['a small machine', { total: gib / 2, limit: 0 }, gib / 4],
])('is a quarter of %s', (_, sizes, expected) => {
  expect(defaultActivationBudget(sizes)).toBe(expected);
});
