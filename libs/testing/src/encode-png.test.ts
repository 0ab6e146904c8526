import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodePng } from './encode-png.js';

it('writes the chunks of a PNG with every row after its filter byte', () => {
  const png = encodePng(2, 2, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  const start = png.indexOf('IDAT');
  const length = png.readUInt32BE(start - 4);
  expect([...inflateSync(png.subarray(start + 4, start + 4 + length))]).toEqual([
    0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12,
  ]);
});

it('refuses pixels that do not fill the image', () => {
  expect(() => encodePng(2, 2, new Uint8Array(11))).toThrow(RangeError);
});
