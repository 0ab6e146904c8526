import { comparePaired } from '@holdfast/metrics';
import { collectStrata, estimateChange, groupStandardError } from '@holdfast/release-gate';
import { expect, it } from 'vitest';
import { allowDrop } from './allow-drop.js';

const level = 0.05;

it('leaves of the tolerance what the bound of an unchanged model does not take', () => {
  const question = { level, tolerance: 0.15, validationGroups: 22, groupVariance: 0 };
  expect(allowDrop(question)).toBeCloseTo(0.15 - (1 - 0.05 ** (1 / 22)), 12);
});

it('allows no drop where not even an unchanged model could be retained', () => {
  const question = { level, tolerance: 0.1, validationGroups: 10, groupVariance: 0 };
  expect(allowDrop(question)).toBe(0);
});

it.each([
  ['groups of ten, some flips', 25, 10, 0.03],
  ['groups of ten, many flips', 40, 10, 0.08],
  ['independent examples', 1000, 1, 0.05],
])("foresees the width of the gate's bound within 1.5 points: %s", (_, groups, size, rate) => {
  // The first `rate` of all images lost, the last won, over the groups in turn.
  const count = groups * size;
  const flips = Math.round(rate * count);
  const at = Array.from({ length: count }, (_, i) => i);
  const comparison = comparePaired({
    labels: at.map(() => 0),
    reference: at.map((i) => (i >= count - flips ? 1 : 0)),
    candidate: at.map((i) => (i < flips ? 1 : 0)),
    groups: size === 1 ? [] : at.map((i) => String(Math.floor(i / size))),
  });
  const { lowerBound } = estimateChange(comparison, { level, seed: 0 });
  const groupVariance = groupStandardError(collectStrata(comparison)) ** 2 * groups;
  const foreseen = 1 - allowDrop({ level, tolerance: 1, validationGroups: groups, groupVariance });
  expect(Math.abs(foreseen - (comparison.accuracyChange - lowerBound))).toBeLessThan(0.015);
});
