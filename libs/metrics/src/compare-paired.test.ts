import { describe, expect, it } from 'vitest';
import { comparePaired } from './compare-paired.js';

const labels = [0, 0, 0, 1, 1, 1];
const reference = [0, 0, 1, 1, 0, 0];
const candidate = [0, 1, 0, 0, 1, 0];

describe('comparePaired', () => {
  it('counts flips in both directions', () => {
    const comparison = comparePaired({ labels, reference, candidate });
    expect(comparison).toMatchObject({
      exampleCount: 6,
      groupCount: 6,
      negativeFlips: 2,
      positiveFlips: 2,
      accuracyChange: 0,
      referenceAccuracy: 0.5,
      candidateAccuracy: 0.5,
    });
  });

  it('gathers the flips of each group, in order of first appearance', () => {
    const groups = ['a', 'b', 'a', 'b', 'c', 'b'];
    expect(comparePaired({ labels, reference, candidate, groups }).groups).toEqual([
      { name: 'a', size: 2, negativeFlips: 0, positiveFlips: 1 },
      { name: 'b', size: 3, negativeFlips: 2, positiveFlips: 0 },
      { name: 'c', size: 1, negativeFlips: 0, positiveFlips: 1 },
    ]);
  });

  it('finds no flip between a model and itself', () => {
    const same = comparePaired({ labels, reference, candidate: reference });
    expect(same).toMatchObject({ negativeFlips: 0, positiveFlips: 0, accuracyChange: 0 });
  });

  it('does not count a change from one wrong class to another', () => {
    const comparison = comparePaired({ labels: [0], reference: [1], candidate: [2] });
    expect(comparison).toMatchObject({ negativeFlips: 0, positiveFlips: 0 });
  });

  it('computes the change from the flips, without the rounding of a difference of accuracies', () => {
    // 0.85 - 0.9 is -0.05000000000000004 in float64, which a tolerance of 0.05 would refuse.
    const comparison = comparePaired({
      labels: new Array(20).fill(0),
      reference: new Array(20).fill(0).fill(1, 0, 2),
      candidate: new Array(20).fill(0).fill(1, 0, 3),
    });
    expect(comparison.accuracyChange).toBe(-0.05);
  });

  it.each([
    ['there is no example', { labels: [], reference: [], candidate: [] }, /needs an example/],
    ['a prediction is missing', { labels, reference, candidate: [0] }, /6 and 1 predictions/],
    ['a group is missing', { labels, reference, candidate, groups: ['a'] }, /1 groups/],
  ])('refuses when %s', (_, input, message) => {
    expect(() => comparePaired(input)).toThrow(message);
  });
});
