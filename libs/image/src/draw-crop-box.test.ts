import { createRandom, type Random } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { drawCropBox } from './draw-crop-box.js';

const image = { height: 30, width: 40 };

/** Answers as told, in order; the last uniform again and again. */
function createScript(uniforms: number[], integers: number[] = []): Random {
  return {
    ...createRandom(0),
    uniform: () => (uniforms.length > 1 ? uniforms.shift()! : uniforms[0]!),
    integer: (limit) => Math.min(integers.shift() ?? 0, limit - 1),
  };
}

describe('drawCropBox', () => {
  it('has the drawn area and ratio, its corner anywhere that fits', () => {
    const crop = { scaleMin: 0.2, scaleMax: 0.8, ratioMin: 0.5, ratioMax: 2 };
    // Half of 1200 pixels, ratio 1: sqrt(600) = 24.49.
    const inside = drawCropBox(image, crop, createScript([0.5, 0.5], [4, 11]));
    expect(inside).toEqual({ top: 4, left: 11, height: 24, width: 24 });
    // Both corners at their last place.
    const last = drawCropBox(image, crop, createScript([0.5, 0.5], [999, 999]));
    expect(last).toEqual({ top: 6, left: 16, height: 24, width: 24 });
    // A fifth of 1200 pixels, ratio 2: 240 = 21.9 x 10.95.
    const wide = drawCropBox(image, crop, createScript([0, 1]));
    expect(wide).toEqual({ top: 0, left: 0, height: 11, width: 22 });
  });

  it('draws again what does not fit', () => {
    const crop = { scaleMin: 0.5, scaleMax: 1, ratioMin: 0.5, ratioMax: 2 };
    // All of the area in a square is 34.6 high; then half of it at ratio 1.
    const box = drawCropBox(image, crop, createScript([1, 0.5, 0, 0.5], [1, 2]));
    expect(box).toEqual({ top: 1, left: 2, height: 24, width: 24 });
  });

  it.each([
    [{ height: 30, width: 40 }, 1, 1, { top: 0, left: 5, height: 30, width: 30 }],
    [{ height: 40, width: 30 }, 1, 1, { top: 5, left: 0, height: 30, width: 30 }],
    [{ height: 30, width: 40 }, 0.5, 2, { top: 0, left: 0, height: 30, width: 40 }],
    [{ height: 10, width: 99 }, 0.5, 2.25, { top: 0, left: 38, height: 10, width: 22 }],
  ])(
    'takes the centre of %j where nothing fits in ten tries at ratios of %d to %d',
    (size, ratioMin, ratioMax, box) => {
      const crop = { scaleMin: 1, scaleMax: 1, ratioMin, ratioMax };
      let draws = 0;
      const random = {
        ...createRandom(0),
        uniform() {
          draws += 1;
          return 1;
        },
      };
      expect(drawCropBox(size, crop, random)).toEqual(box);
      expect(draws).toBe(20);
    },
  );

  it('stays inside the image, with area and ratio in their ranges, rounding aside', () => {
    const crop = { scaleMin: 0.3, scaleMax: 0.9, ratioMin: 3 / 4, ratioMax: 4 / 3 };
    const size = { height: 224, width: 224 };
    const shares: number[] = [];
    for (let i = 0; i < 2000; i += 1) {
      const { top, left, height, width } = drawCropBox(size, crop, createRandom(1, i));
      expect(top >= 0 && left >= 0 && top + height <= 224 && left + width <= 224).toBe(true);
      shares.push((height * width) / 224 ** 2);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.345);
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.295);
    expect(Math.max(...shares)).toBeLessThan(0.905);
    // Wide boxes of a large area do not fit and are drawn again: the mean lies a little below 0.6.
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(mean).toBeGreaterThan(0.56);
    expect(mean).toBeLessThan(0.61);
  });
});
