import { expect, it } from 'vitest';
import { chooseChunkSize } from './choose-chunk-size.js';

const base = { width: 768, mlpWidth: 3072, layers: 12, heads: 12 } as const;
const tower = { ...base, activation: 'quick_gelu', layerNormEpsilon: 1e-5 } as const;
const small = { ...tower, width: 96, mlpWidth: 384, heads: 3 };

it('takes fewer rows of a large model, and never none', () => {
  expect(chooseChunkSize(small, 17)).toBe(52);
  // ViT-B/32, ViT-B/16 and ViT-L/14 at 336 pixels.
  expect(chooseChunkSize(tower, 50)).toBe(8);
  expect(chooseChunkSize(tower, 197)).toBe(2);
  expect(chooseChunkSize({ ...tower, width: 1024, mlpWidth: 4096 }, 577)).toBe(1);
  expect(chooseChunkSize(small, 17, { rowsMax: 24 })).toBe(24);
  expect(chooseChunkSize(tower, 197, { onDevice: true, batchSize: 40 })).toBe(20);
});

it.each([
  [154, 52],
  [172, 43],
  [53, 27],
  [20, 20],
])('divides a step of %i images into even chunks of %i', (batchSize, rows) => {
  expect(chooseChunkSize(small, 17, { batchSize })).toBe(rows);
});
