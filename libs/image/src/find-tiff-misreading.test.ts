import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.js';
import { findTiffMisreading } from './find-tiff-misreading.js';
import { defaultImageLimits } from './image-limits.js';

const rgb = await readFile(fileURLToPath(new URL('../fixtures/rgb.tif', import.meta.url)));

/** A TIFF of one directory whose entries are one 16-bit number each. */
function createTiff(order: 'II' | 'MM', entries: Readonly<Record<number, number>>): Buffer {
  const tiff = Buffer.alloc(10 + 12 * Object.keys(entries).length);
  const write = (value: number, at: number, bytes: number) =>
    order === 'II' ? tiff.writeUIntLE(value, at, bytes) : tiff.writeUIntBE(value, at, bytes);
  tiff.write(order, 'latin1');
  write(42, 2, 2);
  write(8, 4, 4);
  write(Object.keys(entries).length, 8, 2);
  for (const [i, [tag, value]] of Object.entries(entries).entries()) {
    const at = 10 + 12 * i;
    write(Number(tag), at, 2);
    write(3, at + 2, 2);
    write(1, at + 4, 4);
    write(value, at + 8, 2);
  }
  return tiff;
}

describe('findTiffMisreading', () => {
  it.each(['II', 'MM'] as const)(
    'finds YCbCr without JPEG in either order of bytes (%s)',
    (order) => {
      const reason = 'it is a TIFF of YCbCr that is not compressed as JPEG: save it as RGB';
      expect(findTiffMisreading(createTiff(order, { 259: 1, 262: 6 }))).toBe(reason);
      expect(findTiffMisreading(createTiff(order, { 262: 6 }))).toBe(reason);
      expect(findTiffMisreading(createTiff(order, { 259: 7, 262: 6 }))).toBeUndefined();
      expect(findTiffMisreading(createTiff(order, { 259: 1, 262: 2 }))).toBeUndefined();
    },
  );

  it('leaves what is cut off to the decoder', () => {
    const tiff = createTiff('II', { 259: 1, 262: 6 });
    for (let length = 0; length < tiff.length - 2; length += 1)
      expect(() => findTiffMisreading(tiff.subarray(0, length))).not.toThrow();
  });

  it('keeps the decoder from reading YCbCr as RGB', async () => {
    const limits = defaultImageLimits;
    expect((await decodeImage(rgb, limits)).width).toBe(57);
    const changed = Buffer.from(rgb);
    // The photometric entry: tag 262, one SHORT, RGB (2).
    const at = changed.indexOf(Buffer.from([6, 1, 3, 0, 1, 0, 0, 0, 2, 0]));
    expect(at).toBeGreaterThan(0);
    changed[at + 8] = 6;
    const fault = await catchFault(() => decodeImage(changed, limits));
    expect(fault.message).toContain('a TIFF of YCbCr');
  });
});
