import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors } from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultImageLimits } from './image-limits.js';
import {
  prepareImage,
  prepareImageBytes,
  readImageFile,
  readImageFileSync,
} from './prepare-image.js';
import type { Preprocessing } from './preprocessing.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

function createPreprocessing(size: number, changes: Partial<Preprocessing> = {}): Preprocessing {
  return {
    doResize: true,
    shortestEdge: size,
    cropHeight: size,
    cropWidth: size,
    doRescale: true,
    rescaleFactor: 1 / 255,
    doNormalize: true,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    ...changes,
  };
}

const golden = await readGolden('expected.safetensors');
const transparent = await readGolden('transparent/expected.safetensors');
const names = [...golden.keys()].filter((name) => /\.\w+@/.test(name));

async function readGolden(name: string) {
  return parseSafetensors(await readFile(join(fixtures, name))).tensors;
}

function largestDifference(actual: Uint8Array, expected: Uint8Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('prepareImage', () => {
  it.each(names)('gives the pixels of Pillow and transformers for %s', async (name) => {
    const [file, size] = name.split('@') as [string, string];
    const pixels = await prepareImage(join(fixtures, file), createPreprocessing(Number(size)));
    expect(largestDifference(pixels, golden.get(name)!.data)).toBe(0);
  });

  it.each([...transparent.keys()])(
    'drops the transparency of %s and keeps its colours',
    async (name) => {
      const { shape, data } = transparent.get(name)!;
      const [cropHeight, cropWidth] = shape as [number, number];
      const asItIs = createPreprocessing(24, { doResize: false, cropHeight, cropWidth });
      const pixels = await prepareImage(join(fixtures, 'transparent', name), asItIs);
      expect(largestDifference(pixels, data)).toBe(0);
    },
  );

  it('ignores a colour profile, as Pillow does', async () => {
    const plain = await readFile(join(fixtures, 'rgb.jpg'));
    const displayP3 = await sharp(plain).withIccProfile('p3').jpeg().toBuffer();
    const { icc } = await sharp(displayP3).metadata();
    const segment = Buffer.concat([
      Buffer.from([0xff, 0xe2, (icc!.length + 16) >> 8, (icc!.length + 16) & 255]),
      Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'),
      icc!,
    ]);
    const tagged = Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
    expect((await sharp(tagged).metadata()).hasProfile).toBe(true);
    const pixels = await prepareImageBytes(tagged, 'tagged.jpg', createPreprocessing(24));
    expect(largestDifference(pixels, golden.get('rgb.jpg@24')!.data)).toBe(0);
  });

  it('decodes an interlaced PNG and one of more than 256 x 256 pixels like the plain small one', async () => {
    const plain = sharp(join(fixtures, 'rgb.png'));
    const interlaced = await plain.clone().png({ progressive: true }).toBuffer();
    const preprocessing = createPreprocessing(24);
    const expected = golden.get('rgb.png@24')!.data;
    const pixels = await prepareImageBytes(interlaced, 'interlaced.png', preprocessing);
    expect(largestDifference(pixels, expected)).toBe(0);
    const raw = { width: 300, height: 300, channels: 3 } as const;
    const data = Buffer.from(Array.from({ length: 300 * 300 * 3 }, (_, i) => (i * 7) % 251));
    const large = await sharp(data, { raw }).png().toBuffer();
    const same = await prepareImageBytes(large, 'large.png', createPreprocessing(300));
    expect(largestDifference(same, data)).toBe(0);
  });

  it('crops the centre, rounding the margin down', async () => {
    const preprocessing = createPreprocessing(24, { doResize: false });
    const pixels = await prepareImage(join(fixtures, 'rgb.png'), preprocessing);
    const whole = await sharp(join(fixtures, 'rgb.png')).raw().toBuffer();
    // 57 x 41 to 24 x 24: 16 columns (of 33) and 8 rows (of 17) are cut off at the start.
    expect([...pixels.subarray(0, 3)]).toEqual([
      ...whole.subarray(3 * (8 * 57 + 16), 3 * (8 * 57 + 16) + 3),
    ]);
  });

  it('names an image that is missing, empty, a folder, or no image', async () => {
    const preprocessing = createPreprocessing(24);
    const missing = await catchFault(() => prepareImage(join(folder, 'gone.png'), preprocessing));
    expect(missing).toMatchObject({ kind: 'not-found' });
    expect(missing.message).toContain('gone.png cannot be read (ENOENT)');
    const empty = join(folder, 'empty.png');
    await writeFile(empty, '');
    expect((await catchFault(() => prepareImage(empty, preprocessing))).message).toContain(
      'is empty (0 bytes): copy it again, or remove it',
    );
    const noFile = await catchFault(() => prepareImage(folder, preprocessing));
    expect(noFile.message).toContain('is not a file');
    const text = join(folder, 'text.png');
    await writeFile(text, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect((await catchFault(() => prepareImage(text, preprocessing))).message).toBe(
      `the image ${text} cannot be used: it is an SVG drawing or other XML: save it as PNG`,
    );
  });

  it('reads a file at once or later, with the same messages', async () => {
    const file = join(fixtures, 'rgb.png');
    expect(readImageFileSync(file, defaultImageLimits)).toEqual(await readImageFile(file));
    for (const name of [join(folder, 'gone.png'), folder]) {
      const fault = await catchFault(() => readImageFile(name));
      await expect(async () => readImageFileSync(name, defaultImageLimits)).rejects.toThrow(fault);
    }
  });

  it.each(['rgb.png', 'rgb.jpg', 'rgb.webp', 'animation.gif'])(
    'refuses %s with its end cut off',
    async (name) => {
      const bytes = await readFile(join(fixtures, name));
      const cut = bytes.subarray(0, Math.floor(bytes.length * 0.4));
      const fault = await catchFault(() => prepareImageBytes(cut, name, createPreprocessing(24)));
      expect(fault.kind).toBe('invalid');
      expect(fault.message).toContain(`the image ${name} cannot be used: it cannot be decoded`);
    },
  );

  it('refuses a PNG with a wrong checksum', async () => {
    const bytes = Buffer.from(await readFile(join(fixtures, 'rgb.png')));
    bytes[60]! ^= 1;
    const fault = await catchFault(() =>
      prepareImageBytes(bytes, 'bad.png', createPreprocessing(24)),
    );
    expect(fault.message).toContain('bad.png cannot be used: it cannot be decoded');
  });

  it('refuses a file of too many bytes and an image of too many pixels', async () => {
    const file = join(folder, 'huge.png');
    await writeFile(file, '');
    await truncate(file, defaultImageLimits.fileBytesMax + 1);
    const large = await catchFault(() => prepareImage(file, createPreprocessing(24)));
    expect(large.message).toContain('has 67108865 bytes, more than the limit 67108864');
    const limits = { fileBytesMax: 1e6, pixelsMax: 41 * 57 - 1 };
    const path = join(fixtures, 'rgb.jpg');
    const wide = await catchFault(() => prepareImage(path, createPreprocessing(24), limits));
    expect(wide.message).toContain('it has more than 2336 pixels');
    const png = join(fixtures, 'rgb.png');
    const small = await catchFault(() => prepareImage(png, createPreprocessing(24), limits));
    expect(small.message).toContain('it has more than 2336 pixels');
  });

  it('refuses an image so elongated that resizing would explode', async () => {
    const raw = { width: 5000, height: 1, channels: 3 } as const;
    const line = await sharp(Buffer.alloc(15_000), { raw }).png().toBuffer();
    const fault = await catchFault(() =>
      prepareImageBytes(line, 'line.png', createPreprocessing(224)),
    );
    expect(fault.message).toContain('line.png cannot be used: it is 5000 x 1: too elongated');
  });

  it('refuses an image smaller than the crop where preprocessing does not resize', async () => {
    const preprocessing = createPreprocessing(24, { doResize: false });
    const fault = await catchFault(() => prepareImage(join(fixtures, 'small.png'), preprocessing));
    expect(fault.message).toContain("it is 17 x 13, smaller than the model's 24 x 24");
  });
});
