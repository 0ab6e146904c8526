import { describe, expect, it } from 'vitest';
import { type CountKeptBytes, choosePassing } from './passing.js';

/** A batch of four chunks, whose activations take five times what checkpoints do. */
const countBytes: CountKeptBytes = (extent, keeping) =>
  (extent === 'batch' ? 4 : 1) * (keeping === 'activations' ? 5 : 1);

describe('choosePassing', () => {
  it.each([
    [20, 1, 'activations'],
    [19, 1, 'checkpoints'],
    [4, 1, 'checkpoints'],
    [3, 2, 'checkpoints'],
    [0, 2, 'checkpoints'],
  ] as const)('within %i bytes takes %i pass(es) and keeps %s', (budgetBytes, passes, keeping) => {
    const chosen = choosePassing(countBytes, { budgetBytes, prefersCheckpoints: false });
    expect(chosen).toEqual({ passes, keeping });
  });

  it('keeps the activations of a chunk where those fit and checkpoints of the batch do not', () => {
    const manyChunks: CountKeptBytes = (extent, keeping) =>
      extent === 'batch' ? 100 : countBytes(extent, keeping);
    const limits = { budgetBytes: 5, prefersCheckpoints: false };
    expect(choosePassing(manyChunks, limits)).toEqual({ passes: 2, keeping: 'activations' });
  });

  it.each([
    [1000, 1],
    [3, 2],
  ])('keeps no activations where keeping costs more, within %i bytes', (budgetBytes, passes) => {
    const chosen = choosePassing(countBytes, { budgetBytes, prefersCheckpoints: true });
    expect(chosen).toEqual({ passes, keeping: 'checkpoints' });
  });
});
