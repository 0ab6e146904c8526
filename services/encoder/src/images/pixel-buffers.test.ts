import { describe, expect, it } from 'vitest';
import { createPixelBuffers } from './pixel-buffers.js';

describe('pixel buffers', () => {
  it('hands out what was given back, once', () => {
    const buffers = createPixelBuffers();
    const first = buffers.take(12);
    buffers.giveBack(first);
    expect(buffers.take(12)).toBe(first);
    expect(buffers.take(12)).not.toBe(first);
  });

  it('keeps the last two sizes, and no large one', () => {
    const buffers = createPixelBuffers();
    const given = [1, 2, 3, 2 ** 23 + 1].map((elements) => buffers.take(elements));
    for (const pixels of given) buffers.giveBack(pixels);
    const kept = given.map((pixels) => buffers.take(pixels.length) === pixels);
    expect(kept).toEqual([false, true, true, false]);
  });
});
