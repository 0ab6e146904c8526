import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as image from '@holdfast/image';
import { encodePng } from '@holdfast/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createImagePool } from './create-image-pool.js';

/** Files that are read and not yet prepared. */
const inMemory = vi.hoisted(() => ({ now: 0, most: 0 }));

vi.mock('@holdfast/image', async (original) => {
  const real = await original<typeof image>();
  const noteRead = () => {
    inMemory.now += 1;
    inMemory.most = Math.max(inMemory.most, inMemory.now);
  };
  return {
    ...real,
    readImageFile: (...request: Parameters<typeof real.readImageFile>) => {
      noteRead();
      return real.readImageFile(...request);
    },
    readImageFileSync: (...request: Parameters<typeof real.readImageFileSync>) => {
      noteRead();
      return real.readImageFileSync(...request);
    },
    prepareImageBytes: async (...request: Parameters<typeof real.prepareImageBytes>) => {
      try {
        return await real.prepareImageBytes(...request);
      } finally {
        inMemory.now -= 1;
      }
    },
  };
});

const preprocessing: image.Preprocessing = {
  doResize: true,
  shortestEdge: 16,
  cropHeight: 16,
  cropWidth: 16,
  doRescale: true,
  rescaleFactor: 1 / 255,
  doNormalize: true,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-caller-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads as many files at once as it has places, whoever asks and whatever fails', async () => {
  const pool = createImagePool(0);
  const files = Array.from({ length: 40 }, (_, i) => join(folder, `${i}.png`));
  for (const [i, file] of files.entries()) {
    const png = encodePng(16, 16, new Uint8Array(16 * 16 * 3).fill(i));
    await writeFile(file, i % 4 === 3 ? 'no image' : png);
  }
  const prepared = await Promise.allSettled(
    files.map((source) => pool.prepareFile({ source, name: source, preprocessing })),
  );
  for (const [i, outcome] of prepared.entries()) {
    if (i % 4 === 3) expect(outcome.status).toBe('rejected');
    else expect(outcome).toMatchObject({ value: { 0: i, length: 16 * 16 * 3 } });
  }
  expect(inMemory).toEqual({ now: 0, most: pool.concurrency });
});
