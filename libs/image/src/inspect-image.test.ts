import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@holdfast/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { averageParts, toGrey } from './grey-image.js';
import { inspectImage } from './inspect-image.js';
import { measureQuality } from './measure-quality.js';

/** A photograph of a sign, 32 x 32. */
const photograph = fileURLToPath(
  new URL('../../../examples/gtsrb/images/train/no-passing/00015-00018.png', import.meta.url),
);
/** Another one of the same sign, which counts as another object in the published data. */
const other = fileURLToPath(
  new URL('../../../examples/gtsrb/images/train/no-passing/00016-00000.png', import.meta.url),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-inspect-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Bits in which two hashes differ. */
function countOtherBits(a: readonly number[], b: readonly number[]): number {
  const bits = (word: number) => (word >>> 0).toString(2).replaceAll('0', '').length;
  return bits(a[0]! ^ b[0]!) + bits(a[1]! ^ b[1]!);
}

describe('measureQuality', () => {
  it('gives the moments of luma and of its Laplacian', () => {
    const data = Float32Array.from([0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
    const { sharpness, brightness, contrast } = measureQuality({ height: 4, width: 3, data });
    // The Laplacian inside is -36 at the nine and 9 below it: mean -13.5, variance 22.5^2.
    expect(sharpness).toBeCloseTo(506.25, 10);
    expect(brightness).toBeCloseTo(0.75, 10);
    expect(contrast).toBeCloseTo(Math.sqrt(81 / 12 - 0.75 ** 2), 10);
  });

  it('finds nothing sharp in an image without an inside', () => {
    const data = Float32Array.from([0, 255]);
    expect(measureQuality({ height: 1, width: 2, data }).sharpness).toBe(0);
  });
});

describe('averageParts', () => {
  it('shares out pixels at the edges of parts', () => {
    const image = { height: 1, width: 3, data: Float32Array.from([0, 30, 90]) };
    // Each half is one and a half pixels: (0 + 15) / 1.5 and (15 + 90) / 1.5.
    expect([...averageParts(image, 2)]).toEqual([10, 70, 10, 70]);
  });
});

describe('toGrey', () => {
  it('weighs colours as BT.601 does and averages blocks', () => {
    const data = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0]);
    const { height, width, data: grey } = toGrey({ height: 2, width: 2, data }, 2);
    expect([height, width]).toEqual([1, 1]);
    expect(grey[0]).toBeCloseTo(255 / 4, 4);
  });
});

describe('inspectImage', () => {
  it('sees a photograph in another size, quality and brightness as nearly the same', async () => {
    const { hash } = await inspectImage(photograph);
    const changed = await write(
      'changed.jpg',
      await sharp(photograph).resize(80, 80).linear(0.9, 12).jpeg({ quality: 70 }).toBuffer(),
    );
    expect(countOtherBits(hash, (await inspectImage(changed)).hash)).toBeLessThanOrEqual(6);
    expect(countOtherBits(hash, (await inspectImage(other)).hash)).toBeLessThanOrEqual(6);
    const mirrored = await write('mirrored.png', await sharp(photograph).flop().png().toBuffer());
    expect(countOtherBits(hash, (await inspectImage(mirrored)).hash)).toBeGreaterThan(12);
  });

  it('finds less sharpness in a blurred photograph, and measures a large one like a small one', async () => {
    const { sharpness } = await inspectImage(photograph);
    const blurred = await write('blurred.png', await sharp(photograph).blur(2).png().toBuffer());
    expect((await inspectImage(blurred)).sharpness).toBeLessThan(sharpness / 4);
    // Of 512 pixels, blocks of 2 x 2 are measured: those of the photograph, each of which 16 x 16 show.
    const large = await write(
      'large.png',
      await sharp(photograph).resize(512, 512, { kernel: 'nearest' }).png().toBuffer(),
    );
    const halved = await write(
      'halved.png',
      await sharp(photograph).resize(256, 256, { kernel: 'nearest' }).png().toBuffer(),
    );
    expect((await inspectImage(large)).sharpness).toBeCloseTo(
      (await inspectImage(halved)).sharpness,
      1,
    );
  });

  it('says what a file is that is none', async () => {
    const path = await write('notes.png', Buffer.from('not an image'));
    await expect(inspectImage(path)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`the image ${path} cannot be used: `),
    });
    await expect(inspectImage(join(folder, 'gone.png'))).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('measures an image of one pixel', async () => {
    const path = await write('dot.png', encodePng(1, 1, Uint8Array.from([255, 255, 255])));
    const { sharpness, brightness, contrast, sketch } = await inspectImage(path);
    expect([sharpness, contrast]).toEqual([0, 0]);
    expect(brightness).toBeCloseTo(255, 3);
    expect([...new Set(sketch)]).toEqual([255]);
  });
});
