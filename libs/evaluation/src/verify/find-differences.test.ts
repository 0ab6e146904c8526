import { describe, expect, it } from 'vitest';
import { findDifferences } from './find-differences.js';

describe('findDifferences', () => {
  it('finds none where everything stated was found, whatever else was', () => {
    const found = { a: [1, { b: 'x' }], c: null, more: 1 };
    expect(findDifferences({ a: [1, { b: 'x' }], c: null }, found)).toEqual([]);
  });

  it('tolerates what another processor rounds otherwise, and no count', () => {
    const stated = { loss: 2, tiny: 1e-9, flips: 3 };
    expect(findDifferences(stated, { loss: 2.00001, tiny: 0, flips: 3 })).toEqual([]);
    expect(findDifferences(stated, { loss: 2.0001, tiny: 0, flips: 4 })).toEqual([
      { path: 'loss', stated: 2, found: 2.0001 },
      { path: 'flips', stated: 3, found: 4 },
    ]);
  });

  it('tolerates no other count, however large', () => {
    expect(findDifferences({ flips: 200_000 }, { flips: 200_001 })).toHaveLength(1);
    expect(findDifferences({ sum: 200_000 }, { sum: 200_000.5 })).toEqual([]);
  });

  it.each([
    ['a text', { a: 'x' }, { a: 'y' }, 'a'],
    ['another kind', { a: 1 }, { a: '1' }, 'a'],
    ['what is absent', { a: { b: 1 } }, { a: {} }, 'a.b'],
    ['nothing', { a: null }, { a: { b: 1 } }, 'a'],
    ['a longer list', { a: [1] }, { a: [1, 2] }, 'a.length'],
    ['a list that is none', { a: [1] }, { a: { 0: 1 } }, 'a.length'],
  ])('finds %s', (_, stated, found, path) => {
    expect(findDifferences(stated, found)).toMatchObject([{ path }]);
  });
});
