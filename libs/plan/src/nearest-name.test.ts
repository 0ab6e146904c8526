import { expect, it } from 'vitest';
import { findNearestName } from './nearest-name.js';

const names = ['steps', 'weightDecay', 'learningRate', 'beta1', 'beta2'];

it.each([
  ['step', 'steps'],
  ['stesp', 'steps'],
  ['learning_rate', 'learningRate'],
  ['LEARNINGRATE', 'learningRate'],
  ['weigthDecay', 'weightDecay'],
  ['beta3', 'beta1'],
  ['epochs', undefined],
  ['x', undefined],
])('takes %s for %s', (name, meant) => {
  expect(findNearestName(name, names)).toBe(meant);
});

it('does not compare what is too long to be a typing error', () => {
  expect(findNearestName('x'.repeat(100_000), ['x'.repeat(100_001)])).toBeUndefined();
});
