import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { encodePngChunk } from '@holdfast/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeSmallPng } from './decode-small-png.js';

const fixtures = new URL('../fixtures/', import.meta.url);

interface PngParts {
  readonly size?: [width: number, height: number];
  readonly colourType?: number;
  readonly data?: Uint8Array;
  readonly extra?: Buffer[];
  readonly end?: Buffer;
}

/** A PNG of 2 x 1 grey pixels unless told otherwise. */
function createPng({ size = [2, 1], colourType = 0, data, extra = [], end }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size[0], 0);
  header.writeUInt32BE(size[1], 4);
  header[8] = 8;
  header[9] = colourType;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    encodePngChunk('IHDR', header),
    ...extra,
    encodePngChunk('IDAT', data ?? deflateSync(Buffer.of(0, 7, 9))),
    end ?? encodePngChunk('IEND', new Uint8Array(0)),
  ]);
}

describe('decodeSmallPng', () => {
  it.each(['rgb', 'rgba', 'grey', 'grey-alpha', 'palette', 'palette-transparent'])(
    'decodes %s.png as the decoder library does',
    async (name) => {
      const bytes = await readFile(new URL(`${name}.png`, fixtures));
      const image = decodeSmallPng(bytes);
      const { data } = await sharp(bytes)
        .removeAlpha()
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(image).toMatchObject({ height: 41, width: 57 });
      expect(Buffer.from(image!.data).equals(data)).toBe(true);
    },
  );

  it.each([0, 1, 2, 3, 4])('undoes row filter %d', async (filter) => {
    const rows = Buffer.from(
      Array.from({ length: 5 * 13 }, (_, i) => (i % 13 === 0 ? filter : (i * 37) % 256)),
    );
    const bytes = createPng({ size: [4, 5], colourType: 2, data: deflateSync(rows) });
    const expected = await sharp(bytes).raw().toBuffer();
    expect(Buffer.from(decodeSmallPng(bytes)!.data).equals(expected)).toBe(true);
  });

  it('skips chunks that an image can be understood without', () => {
    const bytes = createPng({ extra: [encodePngChunk('tEXt', Buffer.from('a\0b'))] });
    expect([...decodeSmallPng(bytes)!.data]).toEqual([7, 7, 7, 9, 9, 9]);
  });

  it('leaves to the decoder library what it is not made for', async () => {
    const left = {
      'another format': await readFile(new URL('rgb.jpg', fixtures)),
      'sixteen bits': await readFile(new URL('rgb16.png', fixtures)),
      'one bit': await readFile(new URL('one-bit.png', fixtures)),
      large: createPng({ size: [257, 256] }),
      'no pixels': createPng({ size: [0, 1] }),
      'unknown critical chunk': createPng({ extra: [encodePngChunk('ABCD', new Uint8Array(0))] }),
      'unknown colour type': createPng({ colourType: 5 }),
    };
    for (const [why, bytes] of Object.entries(left)) {
      expect(decodeSmallPng(bytes), why).toBeUndefined();
    }
  });

  it('leaves to the decoder library what is damaged', () => {
    const wrongSum = createPng({});
    wrongSum[wrongSum.length - 20]! ^= 1;
    const damaged = {
      'wrong checksum': wrongSum,
      'no end': createPng({ end: Buffer.alloc(0) }),
      'chunk beyond the end': createPng({
        end: Buffer.from([0, 0, 1, 0, 73, 69, 78, 68, 0, 0, 0, 0]),
      }),
      'too much data': createPng({ data: deflateSync(Buffer.alloc(100)) }),
      'too little data': createPng({ data: deflateSync(Buffer.alloc(2)) }),
      'data that do not inflate': createPng({ data: Buffer.of(1, 2, 3) }),
      'unknown filter': createPng({ data: deflateSync(Buffer.of(5, 7, 9)) }),
      'colour outside the palette': createPng({ colourType: 3 }),
    };
    for (const [why, bytes] of Object.entries(damaged)) {
      expect(decodeSmallPng(bytes), why).toBeUndefined();
    }
  });
});
