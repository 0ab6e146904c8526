import { expect, it } from 'vitest';
import { comparePaired } from './compare-paired.js';
import { exchangeModels } from './exchange-models.js';

it('compares the same examples the other way round', () => {
  const labels = [1, 1, 1, 1, 0, 0];
  const [reference, candidate] = [
    [1, 1, 0, 0, 0, 1],
    [1, 0, 1, 1, 0, 0],
  ];
  const groups = ['a', 'a', 'a', 'b', 'b', 'b'];
  const there = comparePaired({ labels, reference, candidate, groups });
  const back = comparePaired({ labels, reference: candidate, candidate: reference, groups });
  expect(there.accuracyChange).toBe(1 / 3);
  expect(exchangeModels(there)).toEqual(back);
  expect(exchangeModels(exchangeModels(there))).toEqual(there);
});

it('has no change of -0', () => {
  const same = comparePaired({ labels: [1], reference: [1], candidate: [1] });
  expect(exchangeModels(same).accuracyChange).toBe(0);
});
