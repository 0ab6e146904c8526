import { describe, expect, it } from 'vitest';
import { createMatrix, gatherRows, matrixRow, scatterAddRows, selectRows } from './matrix.js';

const matrix = createMatrix(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6));

describe('createMatrix', () => {
  it('refuses data of another size', () => {
    expect(() => createMatrix(2, 2, new Float32Array(3))).toThrow('expected 2 x 2 elements, got 3');
  });
});

describe('selectRows', () => {
  it('copies nothing where rows follow one another', () => {
    expect(selectRows(matrix, [1, 2]).data.buffer).toBe(matrix.data.buffer);
    expect([...selectRows(matrix, [1, 2]).data]).toEqual([3, 4, 5, 6]);
    expect(selectRows(matrix, [])).toEqual(createMatrix(0, 2));
    expect([...selectRows(matrix, [0, 2, 1]).data]).toEqual([1, 2, 5, 6, 3, 4]);
  });
});

describe('gatherRows and scatterAddRows', () => {
  it('copies rows in the order asked for, repeats included', () => {
    expect([...gatherRows(matrix, [2, 0, 2]).data]).toEqual([5, 6, 1, 2, 5, 6]);
  });

  it('adds rows that name the same target up', () => {
    const target = createMatrix(2, 2);
    scatterAddRows(target, [1, 0, 1], matrix);
    expect([...target.data]).toEqual([3, 4, 6, 8]);
  });

  it('leaves the source alone when a gathered row is written', () => {
    matrixRow(gatherRows(matrix, [0]), 0)[0] = 9;
    expect(matrix.data[0]).toBe(1);
  });
});
