import { describe, expect, it } from 'vitest';
import { findPixelLayout } from './find-pixel-layout.js';

/** The start of a JPEG: a comment, then a frame of so many components. */
function createJpeg(components: number, { fill = 0 } = {}): Uint8Array {
  const frame = [0xff, 0xc2, 0, 17, 8, 0, 1, 0, 1, components];
  return Uint8Array.of(
    ...[0xff, 0xd8],
    ...[0xff, 0xfe, 0, 3, 65],
    ...new Array(fill).fill(0xff),
    ...frame,
    ...new Array(12).fill(0),
  );
}

describe('findPixelLayout', () => {
  it('finds the components of a JPEG behind other segments and fill bytes', () => {
    expect(findPixelLayout(createJpeg(4), 'jpeg')).toBe('cmyk');
    expect(findPixelLayout(createJpeg(4, { fill: 3 }), 'jpeg')).toBe('cmyk');
    expect(findPixelLayout(createJpeg(3), 'jpeg')).toBe('rgb');
  });

  it('finds them behind bytes that belong to no segment, as the decoder does', () => {
    const junk = createJpeg(4);
    junk[2] = 0;
    expect(findPixelLayout(junk, 'jpeg')).toBe('cmyk');
  });

  it('leaves a JPEG without a frame to the decoder', () => {
    expect(findPixelLayout(createJpeg(4).subarray(0, 8), 'jpeg')).toBe('rgb');
  });

  it('leaves TIFF to the decoder and takes WebP, GIF and AVIF for RGB', () => {
    const nothing = new Uint8Array(0);
    expect(findPixelLayout(nothing, 'tiff')).toBe('unknown');
    for (const format of ['webp', 'gif', 'avif'] as const) {
      expect(findPixelLayout(nothing, format)).toBe('rgb');
    }
  });
});
