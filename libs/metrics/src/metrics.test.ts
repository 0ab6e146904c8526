import { describe, expect, it } from 'vitest';
import { accuracy } from './accuracy.js';
import { confusionMatrix } from './confusion-matrix.js';
import { devSafetyAccuracy, devSafetyLoss, retentionRatio } from './dev-safety.js';

describe('accuracy', () => {
  it('is the share of right predictions', () => {
    expect(accuracy({ labels: [0, 1, 2, 1], predictions: [0, 1, 1, 1] })).toBe(0.75);
  });

  it('refuses lists of different lengths and empty ones', () => {
    expect(() => accuracy({ labels: [0], predictions: [] })).toThrow(/1 labels, but 0/);
    expect(() => accuracy({ labels: [], predictions: [] })).toThrow(/needs an example/);
  });
});

describe('confusionMatrix', () => {
  it('has the true class in rows and the predicted one in columns', () => {
    const counts = confusionMatrix({ labels: [0, 0, 1, 2], predictions: [0, 2, 1, 1] }, 3);
    expect(counts).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [0, 1, 0],
    ]);
  });

  it.each([
    ['a label is no class', [3], [0]],
    ['a prediction is no class', [0], [3]],
    ['the lengths differ', [0], [0, 1]],
  ])('refuses when %s', (_, labels, predictions) => {
    expect(() => confusionMatrix({ labels, predictions }, 3)).toThrow(RangeError);
  });
});

describe('DevSafety', () => {
  it('is the worst accuracy change of the protected tasks', () => {
    expect(devSafetyAccuracy([0.02, -0.01, 0])).toBe(-0.01);
  });

  it('is minus the largest loss change', () => {
    expect(devSafetyLoss([-0.2, 0.3, 0.1])).toBe(-0.3);
  });

  it('is 0, not -0, where nothing changed', () => {
    expect(devSafetyLoss([0, 0])).toBe(0);
  });

  it('refuses an empty list', () => {
    expect(() => devSafetyAccuracy([])).toThrow(RangeError);
    expect(() => devSafetyLoss([])).toThrow(RangeError);
  });
});

describe('retentionRatio', () => {
  it('counts runs whose DevSafety is not negative', () => {
    expect(retentionRatio([0, 0.1, -0.001, -0.2])).toBe(0.5);
  });

  it('refuses an empty list', () => {
    expect(() => retentionRatio([])).toThrow(RangeError);
  });
});
