import { expect, it } from 'vitest';
import { chooseChunkSize } from './choose-chunk-size.js';

const base = { width: 768, mlpWidth: 3072, layers: 12, heads: 12 } as const;
const tower = { ...base, activation: 'quick_gelu', layerNormEpsilon: 1e-5 } as const;
const small = { ...tower, width: 96, mlpWidth: 384, heads: 3 };
const limits = { activationBudgetBytes: 2 ** 30, rowsMax: 52 };

it('takes fewer rows of a large model, and never none', () => {
  // ViT-B/16 keeps about 110 MB an image.
  expect(chooseChunkSize(tower, 197, limits)).toBe(2);
  expect(chooseChunkSize(tower, 197, { ...limits, activationBudgetBytes: 2 ** 20 })).toBe(1);
  expect(chooseChunkSize(small, 17, limits)).toBe(52);
});

it.each([
  [154, 52],
  [172, 43],
  [53, 27],
  [20, 20],
])('divides a step of %i images into even chunks of %i', (batchSize, rows) => {
  expect(chooseChunkSize(small, 17, { ...limits, batchSize })).toBe(rows);
});
