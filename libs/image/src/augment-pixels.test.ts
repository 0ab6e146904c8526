import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { augmentAndNormalize } from './augment-and-normalize.js';
import { augmentPixels } from './augment-pixels.js';
import { encodePicture } from './encode-picture.js';

const preprocessing = {
  doResize: true,
  shortestEdge: 8,
  cropHeight: 8,
  cropWidth: 6,
  doRescale: true,
  rescaleFactor: 1 / 255,
  doNormalize: true,
  mean: [0.48, 0.46, 0.41],
  std: [0.27, 0.26, 0.28],
} as const;
const augmentation = {
  rotationDegrees: 0,
  shiftPixels: 2,
  contrast: 0.4,
  brightness: 30,
  flip: true,
};
const pixels = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => (i * 37) % 256);

describe('augmentPixels', () => {
  it('shows what training sees: the same draw, before it is normalised', () => {
    const { data, height, width } = augmentPixels(
      pixels,
      preprocessing,
      augmentation,
      createRandom(3),
    );
    const trained = new Float32Array(pixels.length);
    augmentAndNormalize(pixels, trained, preprocessing, augmentation, createRandom(3));
    expect([height, width]).toEqual([8, 6]);
    for (const [i, value] of data.entries()) {
      const channel = i % 3;
      const seen = trained[channel * 48 + Math.floor(i / 3)]!;
      const shown = 255 * (seen * preprocessing.std[channel]! + preprocessing.mean[channel]!);
      // Half for the rounding, the rest for float32.
      expect(Math.abs(value - shown)).toBeLessThan(0.51);
    }
  });
});

describe('encodePicture', () => {
  it('writes a PNG that a page can hold', async () => {
    const uri = await encodePicture({ height: 8, width: 6, data: pixels });
    expect(uri).toMatch(/^data:image\/png;base64,iVBOR/);
  });
});
