import { describe, expect, it } from 'vitest';
import { meanCrossEntropy } from './mean-cross-entropy.js';

const classifier = { rows: 2, columns: 2, data: [1, 0, 0, 1] };
const images = { rows: 2, columns: 2, data: [1, 0, 0.6, 0.8] };

describe('meanCrossEntropy', () => {
  it('is the mean of -log softmax of the label', () => {
    // Two classes: log(1 + exp((other - own) / tau)).
    const expected = (Math.log1p(Math.exp(-1 / 0.5)) + Math.log1p(Math.exp(0.2 / 0.5))) / 2;
    const loss = meanCrossEntropy({ images, classifier, labels: [0, 0], temperature: 0.5 });
    expect(loss).toBeCloseTo(expected, 14);
  });

  it('stays finite at temperatures where exp(cosine / tau) overflows', () => {
    const loss = meanCrossEntropy({ images, classifier, labels: [1, 1], temperature: 1e-4 });
    // The first image is 1 / tau nats from its label; the second is right.
    expect(loss).toBeCloseTo(5000, 8);
  });

  it.each([
    ['a label is missing', { labels: [0], temperature: 1 }, /2 images, but 1 labels/],
    ['a label is no class', { labels: [0, 2], temperature: 1 }, /label 2 of image 1/],
    ['the temperature is 0', { labels: [0, 1], temperature: 0 }, /temperature/],
  ])('refuses when %s', (_, input, message) => {
    expect(() => meanCrossEntropy({ images, classifier, ...input })).toThrow(message);
  });

  it('refuses when there is no image', () => {
    const none = { rows: 0, columns: 2, data: [] };
    expect(() =>
      meanCrossEntropy({ images: none, classifier, labels: [], temperature: 1 }),
    ).toThrow(/no image/);
  });
});
