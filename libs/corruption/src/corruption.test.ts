import { expect, it } from 'vitest';
import type { Attack } from './attack.js';
import { corruptionNames, countForwards, formatCorruption, parseCorruption } from './corruption.js';

it('reads every corruption that it writes', () => {
  for (const name of corruptionNames) {
    for (const severity of [1, 2, 3, 4, 5]) {
      expect(parseCorruption(formatCorruption({ name, severity }))).toEqual({ name, severity });
    }
  }
});

it('reads every synthetic image that it writes', () => {
  for (const number of [0, 17, 2 ** 32 - 1]) {
    const synthetic = { name: 'synthetic', number } as const;
    expect(formatCorruption(synthetic)).toBe(`synthetic ${number}`);
    expect(parseCorruption(`synthetic ${number}`)).toEqual(synthetic);
  }
});

it('reads every attack that it writes', () => {
  const attack: Attack = { name: 'pgd', epsilon: 1, stepSize: 0.25, steps: 10, start: 'image' };
  expect(formatCorruption(attack)).toBe('pgd 1/255 in 10 steps of 0.25/255');
  for (const epsilon of [0, 0.5, 8, 255, 1e-7, 2.55000000001]) {
    for (const start of ['image', 'random'] as const) {
      const written = { ...attack, epsilon, start };
      expect(parseCorruption(formatCorruption(written))).toEqual(written);
    }
  }
});

it('counts what attacked images cost', () => {
  const attack: Attack = { name: 'pgd', epsilon: 1, stepSize: 1, steps: 10, start: 'image' };
  // Ten times forward and, at twice the cost, back; and forward once more.
  expect(countForwards(attack)).toBe(31);
  expect([countForwards(undefined), countForwards({ name: 'fog', severity: 1 })]).toEqual([1, 1]);
});

it.each([
  'synthetic',
  'synthetic -1',
  'synthetic 1.5',
  'synthetic 4294967296',
  'pgd 1/255 in 51 steps of 1/255',
  'pgd 1/255 in 0 steps of 1/255',
  'pgd 256/255 in 1 steps of 1/255',
  'pgd 1/255 in 1 steps of 1e3/255',
  'pgd 1.0/255 in 1 steps of 1/255',
  'pgd 1/255 in 1 steps of 1/255 from zero',
  'pgd NaN/255 in 1 steps of 1/255',
  '',
  'fog',
  'fog 0',
  'fog 6',
  'fog 1.5',
  'fog  3',
  'fog 3 ',
  'fog 03',
  'mist 3',
  'fog NaN',
])('reads nothing else: "%s"', (text) => {
  expect(parseCorruption(text)).toBeUndefined();
});
