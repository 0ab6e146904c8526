import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createThumbnail } from './create-thumbnail.js';
import { orientImage } from './orient-image.js';

async function writeImage(width: number, height: number): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'holdfast-thumbnail-')), 'image.jpg');
  const background = { r: 200, g: 30, b: 60 };
  await writeFile(
    path,
    await sharp({ create: { width, height, channels: 3, background } })
      .jpeg()
      .toBuffer(),
  );
  return path;
}

async function sizeOf(uri: string) {
  const prefix = 'data:image/png;base64,';
  expect(uri.startsWith(prefix)).toBe(true);
  const { width, height } = await sharp(Buffer.from(uri.slice(prefix.length), 'base64')).metadata();
  return { width, height };
}

describe('createThumbnail', () => {
  it('fits a large image into the size, keeping its shape', async () => {
    expect(await sizeOf(await createThumbnail(await writeImage(400, 200), 96))).toEqual({
      width: 96,
      height: 48,
    });
  });

  it('does not enlarge a small one', async () => {
    expect(await sizeOf(await createThumbnail(await writeImage(32, 32), 96))).toEqual({
      width: 32,
      height: 32,
    });
  });

  it('turns a photograph upright', async () => {
    const turned = fileURLToPath(new URL('../fixtures/turned-6.jpg', import.meta.url));
    expect(await sizeOf(await createThumbnail(turned, 96))).toEqual({ width: 19, height: 29 });
  });

  it('shows what it can of an image that the model was shown in spite of a warning', async () => {
    const path = await writeImage(64, 64);
    const bytes = await readFile(path);
    // A restart marker in the middle of the data: "premature end of data segment".
    bytes.set([0xff, 0xd3], bytes.length - 20);
    await writeFile(path, bytes);
    await expect(sharp(bytes).toBuffer()).rejects.toThrow('Corrupt JPEG data');
    expect(await sizeOf(await createThumbnail(path, 32))).toEqual({ width: 32, height: 32 });
  });

  it('is empty where there is no picture to make', async () => {
    const path = await writeImage(8, 8);
    for (const content of ['', 'no image', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a']) {
      await writeFile(path, content);
      expect(await createThumbnail(path, 96)).toBe('');
    }
    expect(await createThumbnail(join(path, 'gone'), 96)).toBe('');
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright at orientation %d', async (orientation) => {
    const data = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => (i * 37) % 256);
    const raw = { width: 3, height: 2, channels: 3 } as const;
    const turned = sharp(data, { raw }).withMetadata({ orientation }).png();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-thumbnail-'));
    const file = join(folder, `turned-${orientation}.png`);
    await writeFile(file, await turned.toBuffer());
    const uri = await createThumbnail(file, 64);
    const png = Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');
    const pixels = await sharp(png).removeAlpha().raw().toBuffer();
    const expected = orientImage({ height: 2, width: 3, data }, orientation);
    expect([...pixels]).toEqual([...expected.data]);
  });
});
