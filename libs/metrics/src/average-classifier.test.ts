import { describe, expect, it } from 'vitest';
import { averageClassifier } from './average-classifier.js';

describe('averageClassifier', () => {
  it('points where the mean of a class points, with length 1', () => {
    const data = [1, 0, 0, 1, 0.6, 0.8, 0.6, 0.8];
    const classifier = averageClassifier({ rows: 4, columns: 2, data }, 2);
    expect(classifier).toMatchObject({ rows: 2, columns: 2 });
    // (1, 0) and (0, 1) meet halfway; two equal prompts are their own mean.
    const expected = [Math.SQRT1_2, Math.SQRT1_2, 0.6, 0.8];
    // One rounding to float32.
    expected.forEach((value, i) => void expect(classifier.data[i]).toBeCloseTo(value, 7));
  });

  it('takes a single prompt as it is, bit for bit', () => {
    const data = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    expect([...averageClassifier({ rows: 2, columns: 2, data }, 2).data]).toEqual([...data]);
  });

  it.each([
    [3, 2],
    [1, 2],
    [2, 0],
  ])('refuses %i prompts for %i classes', (rows, classes) => {
    const data = new Array<number>(rows).fill(1);
    expect(() => averageClassifier({ rows, columns: 1, data }, classes)).toThrow(RangeError);
  });

  it('refuses prompts without a mean direction, and what is not finite', () => {
    const average = (data: number[]) => averageClassifier({ rows: 2, columns: 1, data }, 1);
    expect(() => average([1, -1])).toThrow('class 0 average to nothing');
    expect(() => average([Number.NaN, 1])).toThrow(RangeError);
  });
});
