import { readFile } from 'node:fs/promises';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.js';
import { findJpegDamage } from './find-jpeg-damage.js';
import { defaultImageLimits } from './image-limits.js';

// Every expectation is what Pillow 13.0 does with the same bytes; scripts/check-decoding.mjs asks it about
// hundreds more.
const read = (name: string) => readFile(new URL(`../fixtures/${name}.jpg`, import.meta.url));
const [rgb, restarts, progressive] = (await Promise.all(
  ['rgb', 'restarts', 'progressive'].map(read),
)) as [Buffer, Buffer, Buffer];

/** Puts bytes in front of a place; a negative one counts from the end. */
function insert(bytes: Buffer, at: number, inserted: readonly number[]): Buffer {
  const place = at < 0 ? bytes.length + at : at;
  return Buffer.concat([bytes.subarray(0, place), Buffer.from(inserted), bytes.subarray(place)]);
}

const decode = (bytes: Buffer) => decodeImage(bytes, defaultImageLimits);
const ones = new Array<number>(64).fill(1);
/** In the middle of its scan. */
const middle = Math.floor((rgb.indexOf(Buffer.of(0xff, 0xda)) + rgb.length) / 2);
const restartPlaces = [0xd0, 0xd1, 0xd2].map((marker) => restarts.indexOf(Buffer.of(0xff, marker)));

describe('findJpegDamage', () => {
  it.each([
    ['an unknown marker', [0xff, 0x55]],
    ['a second start of image', [0xff, 0xd8]],
    ['a second frame', [0xff, 0xc0, 0, 2]],
    ['a second scan', [0xff, 0xda, 0, 2]],
    ['a Huffman table of too few codes', [0xff, 0xc4, 0, 4, 7, 7]],
    ['a Huffman table of too many codes', [0xff, 0xc4, 0, 19, 0, ...new Array(16).fill(255)]],
    ['a fifth quantization table', [0xff, 0xdb, 0, 67, 9, ...ones]],
    ['a quantization table that is cut', [0xff, 0xdb, 0, 4, 0, 0]],
    ['a restart interval of one byte', [0xff, 0xdd, 0, 3, 0]],
    ['an arithmetic table that contradicts itself', [0xff, 0xcc, 0, 4, 1, 1]],
  ])('finds %s among the pixels, behind which they are made up', async (_, inserted) => {
    const fault = await catchFault(() => decode(insert(rgb, middle, inserted)));
    const name = `FF ${inserted[1]!.toString(16).toUpperCase()}`;
    expect(fault).toMatchObject({
      kind: 'invalid',
      message: `it is damaged: the marker ${name} stands where it cannot be, so that its pixels are not whole`,
    });
  });

  it.each([
    ['a comment', [0xff, 0xfe, 0, 3, 65]],
    ['an application segment', [0xff, 0xe5, 0, 2]],
    ['a restart marker', [0xff, 0xd3]],
    ['a number of lines', [0xff, 0xdc, 0, 4, 0, 9]],
    ['a quantization table', [0xff, 0xdb, 0, 67, 1, ...ones]],
    ['an empty segment of Huffman tables', [0xff, 0xc4, 0, 2]],
    ['a restart interval', [0xff, 0xdd, 0, 4, 0, 0]],
    ['arithmetic tables', [0xff, 0xcc, 0, 4, 1, 0x10]],
    ['the end marker', [0xff, 0xd9]],
  ])('reads on over %s, as libjpeg does with a warning', async (_, inserted) => {
    await expect(decode(insert(rgb, middle, inserted))).resolves.toMatchObject({ width: 57 });
  });

  it('minds neither a missing end marker nor what stands around it', async () => {
    const pixels = await decode(rgb);
    expect(await decode(rgb.subarray(0, -2))).toEqual(pixels);
    expect(await decode(insert(rgb, -2, [0xff, 0xff, 0]))).toEqual(pixels);
    expect(await decode(insert(rgb, -2, [1, 2, 3]))).toEqual(pixels);
    expect(await decode(Buffer.concat([rgb, Buffer.of(0xff, 0xd8, 0xff, 0x55)]))).toEqual(pixels);
  });

  it.each([0xd0, 0xd1, 0xd2, 0xd3, 0xd5, 0xd7, 0x55, 0xfe, 0xd9])(
    'lets libjpeg get back into step at the marker FF %i in place of any restart marker',
    async (marker) => {
      for (const place of restartPlaces) {
        const bytes = Buffer.from(restarts);
        bytes[place + 1] = marker;
        await expect(decode(bytes)).resolves.toMatchObject({ width: 57 });
      }
    },
  );

  it('tells a marker before a restart, which is passed over, from one behind the last', async () => {
    const before = insert(restarts, restartPlaces[0]! + 20, [0xff, 0x55]);
    await expect(decode(before)).resolves.toMatchObject({ width: 57 });
    const behind = insert(restarts, restartPlaces[2]! + 20, [0xff, 0x55]);
    expect(findJpegDamage(behind)).toContain('FF 55');
    const start = Buffer.from(restarts);
    start[restartPlaces[1]! + 1] = 0xd8;
    expect(findJpegDamage(start)).toContain('FF D8');
  });

  it('leaves an image of several scans to the decoder, which reads them all', async () => {
    const bytes = insert(progressive, -40, [0xff, 0x55]);
    expect(findJpegDamage(bytes)).toBeUndefined();
    const fault = await catchFault(() => decode(bytes));
    expect(fault.message).toContain('it cannot be decoded');
  });

  it('does not look into the blocks of a file that Pillow does not fetch', () => {
    const comment = [0xff, 0xfe, 0xff, 0xff];
    const beyond = Buffer.concat([
      ...[rgb.subarray(0, -2), Buffer.from(comment), Buffer.alloc(65_533), Buffer.of(0xff, 0x55)],
    ]);
    expect(findJpegDamage(beyond)).toBeUndefined();
  });

  it('refuses a marker in the header that Pillow does not know, and passes over a restart there', async () => {
    const fault = await catchFault(() => decode(insert(rgb, 2, [0xff, 0x01])));
    expect(fault.message).toContain('FF 01');
    await expect(decode(insert(rgb, 2, [0xff, 0xd0]))).resolves.toMatchObject({ width: 57 });
  });
});
