import { deflateSync } from 'node:zlib';
import { catchFault, encodePng, encodePngChunk } from '@holdfast/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.js';
import { findOrientation } from './find-orientation.js';
import { defaultImageLimits } from './image-limits.js';
import { orientImage } from './orient-image.js';

// scripts/check-decoding.mjs compares the same and more with Pillow 13.0.
const prefix = Buffer.from('Exif\0\0', 'latin1');
const adobe = 'http://ns.adobe.com/xap/1.0/\0';

/** EXIF data with the orientation as a SHORT, after another entry where one is given. */
function createExif(orientation: number, before: readonly number[] = []): Buffer {
  return Buffer.from([
    ...[0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8],
    ...[0, 1 + before.length / 12, ...before],
    ...[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
    ...[0, 0, 0, 0],
  ]);
}

const rawProfile = (orientation: number) => {
  const digits = Buffer.concat([prefix, createExif(orientation)]).toString('hex');
  return `\nexif\n      36\n${digits.slice(0, 40)}\n${digits.slice(40)}\n`;
};
const xmp = (orientation: number) => `<rdf:Description tiff:Orientation="${orientation}"/>`;
const text = (keyword: string, content: string) => Buffer.from(`${keyword}\0${content}`, 'latin1');

/** Red, green, blue; white, grey, black. */
const pixels = Uint8Array.from([
  ...[255, 0, 0, 0, 255, 0, 0, 0, 255],
  ...[255, 255, 255, 99, 99, 99, 0, 0, 0],
]);
const plain = encodePng(3, 2, pixels);
const chunksStart = 33;
const beforePixels = (chunk: Buffer) =>
  Buffer.concat([plain.subarray(0, chunksStart), chunk, plain.subarray(chunksStart)]);
const afterPixels = (chunk: Buffer) =>
  Buffer.concat([plain.subarray(0, -12), chunk, plain.subarray(-12)]);

const compressed = (keyword: string, content: string) =>
  Buffer.concat([Buffer.from(`${keyword}\0\0`, 'latin1'), deflateSync(content)]);
const profileKeyword = 'Raw profile type exif';
const places: readonly [name: string, chunk: (orientation: number) => Buffer][] = [
  ['eXIf', (n) => encodePngChunk('eXIf', createExif(n))],
  ['a raw profile in tEXt', (n) => encodePngChunk('tEXt', text(profileKeyword, rawProfile(n)))],
  [
    'a raw profile in zTXt',
    (n) => encodePngChunk('zTXt', compressed(profileKeyword, rawProfile(n))),
  ],
  [
    'a raw profile in iTXt',
    (n) => encodePngChunk('iTXt', text(profileKeyword, `\0\0en\0\0${rawProfile(n)}`)),
  ],
  [
    'a compressed raw profile in iTXt',
    (n) => {
      const head = Buffer.from(`${profileKeyword}\0\x01\0\0\0`, 'latin1');
      return encodePngChunk('iTXt', Buffer.concat([head, deflateSync(rawProfile(n))]));
    },
  ],
  ['XMP', (n) => encodePngChunk('iTXt', text('XML:com.adobe.xmp', `\0\0\0\0${xmp(n)}`))],
];

/** A JPEG with application segments of EXIF data or XMP. */
async function createJpeg(...segments: readonly Buffer[]): Promise<Buffer> {
  const jpeg = await sharp(plain).jpeg().toBuffer();
  const parts = segments.map((content) => createSegment(0xe1, content));
  return Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]);
}

function createSegment(marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

describe('decodeImage', () => {
  it.each(places)(
    'turns a PNG by the orientation in %s, before the pixels or after',
    async (_, chunk) => {
      for (const orientation of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
        const expected = orientImage({ height: 2, width: 3, data: pixels }, orientation);
        for (const put of [beforePixels, afterPixels]) {
          expect(await decodeImage(put(chunk(orientation)), defaultImageLimits)).toEqual(expected);
        }
      }
    },
  );

  it('turns large PNGs, JPEGs and WebPs like small PNGs', async () => {
    const large = sharp(plain).resize(300, 280, { kernel: 'nearest', fit: 'fill' });
    const upright = await large.clone().raw().toBuffer();
    for (const format of ['png', 'webp'] as const) {
      const image = format === 'png' ? large.clone().png() : large.clone().webp({ lossless: true });
      const turned = await image.withMetadata({ orientation: 6 }).toBuffer();
      const expected = orientImage({ height: 280, width: 300, data: upright }, 6);
      const { data, ...size } = await decodeImage(turned, defaultImageLimits);
      expect(size).toEqual({ height: 300, width: 280 });
      expect(Buffer.compare(data, expected.data), format).toBe(0);
    }
    const exif = Buffer.concat([prefix, createExif(8)]);
    const [flat, turned] = [await createJpeg(), await createJpeg(exif)];
    const expected = orientImage(await decodeImage(flat, defaultImageLimits), 8);
    const { data } = await decodeImage(turned, defaultImageLimits);
    expect([...data]).toEqual([...expected.data]);
  });
});

describe('findOrientation', () => {
  it('prefers EXIF data to a raw profile and to XMP', () => {
    const [exif, profile, own] = [
      encodePngChunk('eXIf', createExif(3)),
      encodePngChunk('tEXt', text(profileKeyword, rawProfile(6))),
      encodePngChunk('iTXt', text('XML:com.adobe.xmp', `\0\0\0\0${xmp(8)}`)),
    ];
    expect(findOrientation(beforePixels(Buffer.concat([profile, own, exif])), 'png')).toBe(3);
    expect(findOrientation(beforePixels(Buffer.concat([own, profile])), 'png')).toBe(6);
    expect(findOrientation(beforePixels(own), 'png')).toBe(8);
    expect(findOrientation(plain, 'png')).toBe(1);
  });

  it('reads EXIF data that go on in a second segment, and XMP, of a JPEG', async () => {
    const exif = createExif(5);
    const halves = [exif.subarray(0, 12), exif.subarray(12)].map((part) =>
      Buffer.concat([prefix, part]),
    );
    expect(findOrientation(await createJpeg(...halves), 'jpeg')).toBe(5);
    const own = Buffer.from(adobe + xmp(7), 'latin1');
    expect(findOrientation(await createJpeg(own), 'jpeg')).toBe(7);
  });

  it('stops at an entry whose value lies beyond the end, and skips one larger than all', async () => {
    const entry = (count: number) => [
      1,
      0x0f,
      0,
      2,
      0,
      count >> 16,
      (count >> 8) & 255,
      count & 255,
    ];
    const beyond = createExif(6, [...entry(9), 0, 0, 99, 99]);
    const huge = createExif(6, [...entry(99_999), 0, 0, 99, 99]);
    expect(findOrientation(beforePixels(encodePngChunk('eXIf', beyond)), 'png')).toBe(1);
    expect(findOrientation(beforePixels(encodePngChunk('eXIf', huge)), 'png')).toBe(6);
  });

  it('refuses a PNG whose orientation fails its checksum, as Pillow does', async () => {
    const chunk = encodePngChunk('eXIf', createExif(6));
    chunk[chunk.length - 1]! ^= 1;
    const fault = await catchFault(() => decodeImage(beforePixels(chunk), defaultImageLimits));
    expect(fault.message).toBe('it is damaged: the checksum of its chunk eXIf is wrong');
  });

  it('refuses EXIF data that are none, but forgives them in a JPEG without a density', async () => {
    const broken = Buffer.from('nothing of the kind');
    const png = beforePixels(encodePngChunk('eXIf', broken));
    const fault = await catchFault(() => decodeImage(png, defaultImageLimits));
    expect(fault.message).toBe('its EXIF data are broken: remove or repair them');
    const digits = encodePngChunk('tEXt', text(profileKeyword, '\nexif\n9\nxyz'));
    expect(() => findOrientation(beforePixels(digits), 'png')).toThrow('its EXIF data are broken');
    const jpeg = await createJpeg(Buffer.concat([prefix, broken]));
    expect(findOrientation(jpeg, 'jpeg')).toBe(1);
    for (const unit of [0, 1]) {
      const jfif = Buffer.from([...Buffer.from('JFIF\0\x01\x01'), unit, 0, 72, 0, 72, 0, 0]);
      const segment = createSegment(0xe0, jfif);
      const dense = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
      if (unit === 0) expect(findOrientation(dense, 'jpeg')).toBe(1);
      else expect(() => findOrientation(dense, 'jpeg')).toThrow('its EXIF data are broken');
    }
  });
});
