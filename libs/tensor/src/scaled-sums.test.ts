import { describe, expect, it } from 'vitest';
import { createMatrix } from './matrix.js';
import { addScaled, scaleMatrix } from './scaled-sums.js';

const matrix = createMatrix(2, 2, Float32Array.of(1, -2, 3, 0.1));

describe('scaleMatrix', () => {
  it('scales a copy, and rounds once', () => {
    expect([...scaleMatrix(0.3, matrix).data]).toEqual(
      [0.3, -0.6, 0.3 * 3, 0.3 * Math.fround(0.1)].map(Math.fround),
    );
    expect(matrix.data[0]).toBe(1);
  });
});

describe('addScaled', () => {
  it('rounds the sum, and neither product', () => {
    // 0.1 x 3 rounded to float32 lies above 0.3: less 0.3, rounded too, would be 0.
    const [tenth, three] = [0.1, 0.3].map((x) => createMatrix(1, 1, Float32Array.of(x)));
    expect(addScaled(3, tenth!, -1, three!).data[0]).toBe(
      Math.fround(3 * Math.fround(0.1) - Math.fround(0.3)),
    );
    expect(addScaled(3, tenth!, -1, three!).data[0]).not.toBe(
      Math.fround(Math.fround(3 * Math.fround(0.1)) - Math.fround(0.3)),
    );
  });

  it('weighs both', () => {
    expect([...addScaled(2, matrix, -0.5, matrix).data]).toEqual(
      [1.5, -3, 4.5, 1.5 * Math.fround(0.1)].map(Math.fround),
    );
  });

  it('refuses matrices of other sizes', () => {
    expect(() => addScaled(1, matrix, 1, createMatrix(1, 2))).toThrow(
      'cannot add 1 x 2 elements to 2 x 2',
    );
  });
});
