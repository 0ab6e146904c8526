import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import {
  parseCount,
  parseCountOrNone,
  parseFraction,
  parseInteger,
  parseNumbers,
  parseSize,
  parseThreads,
  parseThreadsOrNone,
} from './parse-option.js';

it('reads sizes in units of 1024', () => {
  expect(['512MiB', '4G', '1.5 gib', '64k', '1TB'].map(parseSize)).toEqual([
    512 * 1024 ** 2,
    4 * 1024 ** 3,
    1.5 * 1024 ** 3,
    64 * 1024,
    1024 ** 4,
  ]);
});

it('reads counts and fractions', () => {
  expect(parseCount('4')).toBe(4);
  expect(parseCountOrNone('0')).toBe(0);
  expect([parseThreads('256'), parseThreadsOrNone('0')]).toEqual([256, 0]);
  expect(parseInteger('-5')).toBe(-5);
  expect(['0', '0.05', '1'].map(parseFraction)).toEqual([0, 0.05, 1]);
  expect(parseNumbers('0.7, -1,2e-3')).toEqual([0.7, -1, 0.002]);
});

it.each([
  [parseSize, '512'],
  [parseSize, '-1G'],
  [parseSize, 'much'],
  [parseCount, '0'],
  [parseThreads, '257'],
  [parseThreadsOrNone, '1e9'],
  [parseCountOrNone, '-1'],
  [parseInteger, '1.5'],
  [parseCountOrNone, ''],
  [parseCount, '1.5'],
  [parseCount, 'x'],
  [parseNumbers, ''],
  [parseNumbers, '1,,2'],
  [parseNumbers, '1;2'],
  [parseFraction, ''],
  [parseFraction, '5'],
  [parseFraction, '-0.1'],
  [parseFraction, 'x'],
])('refuses what cannot be meant (%#)', (parse, text) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError);
});
