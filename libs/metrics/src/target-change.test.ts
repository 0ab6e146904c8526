import { expect, it } from 'vitest';
import { targetChange } from './target-change.js';

it('is the mean of what targets gained', () => {
  expect(targetChange([{ accuracyChange: 0.3 }])).toBe(0.3);
  expect(targetChange([{ accuracyChange: 0.5 }, { accuracyChange: -0.25 }])).toBe(0.125);
  expect(targetChange([])).toBe(0);
});
