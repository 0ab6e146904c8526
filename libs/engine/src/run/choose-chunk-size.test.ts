import { expect, it } from 'vitest';
import { chooseChunkSize } from './choose-chunk-size.js';

const base = { width: 768, mlpWidth: 3072, layers: 12, heads: 12 } as const;
const tower = { ...base, activation: 'quick_gelu', layerNormEpsilon: 1e-5 } as const;

it('takes fewer rows of a large model, and never none', () => {
  // ViT-B/16 keeps about 95 MB an image.
  expect(chooseChunkSize(tower, 197, 2 ** 30)).toBe(2);
  expect(chooseChunkSize(tower, 197, 2 ** 20)).toBe(1);
  expect(chooseChunkSize({ ...tower, width: 96, mlpWidth: 384, heads: 3 }, 17, 2 ** 30)).toBe(32);
});
