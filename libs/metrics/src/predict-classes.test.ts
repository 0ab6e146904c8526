import { describe, expect, it } from 'vitest';
import { predictClasses } from './predict-classes.js';

const classifier = { rows: 3, columns: 2, data: [1, 0, 0, 1, -1, 0] };

describe('predictClasses', () => {
  it('chooses the class with the largest cosine', () => {
    const images = { rows: 3, columns: 2, data: Float32Array.of(0.8, 0.6, 0.6, 0.8, -1, 0.1) };
    expect([...predictClasses(images, classifier)]).toEqual([0, 1, 2]);
  });

  it('chooses the lowest index among equal cosines', () => {
    const images = { rows: 2, columns: 2, data: [0.5, 0.5, 0, 0] };
    expect([...predictClasses(images, classifier)]).toEqual([0, 0]);
  });

  it('gives an empty result for no images', () => {
    expect(predictClasses({ rows: 0, columns: 2, data: [] }, classifier)).toHaveLength(0);
  });

  it.each([
    ['columns differ', { rows: 1, columns: 3, data: [1, 0, 0] }, classifier, /columns/],
    ['elements are missing', { rows: 2, columns: 2, data: [1, 0] }, classifier, /2 x 2 elements/],
    [
      'the classifier is empty',
      { rows: 1, columns: 2, data: [1, 0] },
      { rows: 0, columns: 2, data: [] },
      /no class/,
    ],
    [
      'an embedding is not a number',
      { rows: 1, columns: 2, data: [Number.NaN, 0] },
      classifier,
      /image 0 and class 0 is NaN/,
    ],
  ])('refuses when %s', (_, images, classes, message) => {
    expect(() => predictClasses(images, classes)).toThrow(message);
  });
});
