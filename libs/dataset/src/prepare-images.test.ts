import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameTemporary, sha256 } from '@holdfast/artifacts';
import { corruptPixels } from '@holdfast/corruption';
import type { Preprocessing } from '@holdfast/image';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { type PreparedImages, type PrepareSettings, prepareImages } from './prepare-images.js';
import { prepareSample } from './prepare-sample.js';
import type { Sample } from './sample.js';
import { createPng, makeFolder, writeFiles } from './test-support/test-data.js';

const preprocessing: Preprocessing = {
  doResize: true,
  shortestEdge: 4,
  cropHeight: 4,
  cropWidth: 4,
  doRescale: true,
  rescaleFactor: 1 / 255,
  doNormalize: false,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Samples of images with the colour (10 i, i, 0); those in `bad` are no images. */
async function createSamples(count: number, bad: readonly number[] = []): Promise<Sample[]> {
  const contents = Array.from({ length: count }, (_, i) =>
    bad.includes(i) ? Buffer.from(`no image ${i}`) : createPng(10 * i, i, 0),
  );
  const root = await writeFiles(Object.fromEntries(contents.map((c, i) => [`${i}.png`, c])));
  return contents.map((content, index) => ({
    index,
    path: join(root, `${index}.png`),
    relativePath: `${index}.png`,
    sha256: sha256(content),
    label: 'stop',
    group: `${index}`,
    roles: ['target'],
  }));
}

function prepare(samples: readonly Sample[], changes: Partial<PrepareSettings> = {}) {
  return prepareImages({
    samples,
    preprocessing,
    preprocessingSha256: 'p',
    badImagePolicy: 'fail',
    ...changes,
  });
}

const readPixels = ({ reader, locate }: PreparedImages, index: number) =>
  reader.read(locate(index));

describe('prepareImages', () => {
  it('gives pixels by index in the sample table', async () => {
    const samples = (await createSamples(5)).slice(2);
    const images = await prepare(samples);
    expect(images).toMatchObject({ height: 4, width: 4, badImages: [] });
    expect([...readPixels(images, 3).subarray(0, 4)]).toEqual([30, 3, 0, 30]);
    expect(readPixels(images, 4)).toHaveLength(48);
    expect(() => readPixels(images, 0)).toThrow(RangeError);
    images.close();
  });

  it.each([
    ['in memory', {}],
    ['in the file of the cache', { memoryBytesMax: 0 }],
  ])('reads the cache instead of the images, %s', async (_, limits) => {
    const samples = await createSamples(3);
    const cachePath = join(await makeFolder(), 'cache');
    const first = await prepare(samples, { cachePath, ...limits });
    const pixels = samples.map(({ index }) => [...readPixels(first, index)]);
    expect(pixels[2]!.slice(0, 3)).toEqual([20, 2, 0]);
    for (const { path } of samples) await rm(path);
    const progress: number[] = [];
    const again = await prepare(samples, {
      cachePath,
      ...limits,
      onProgress: ({ done }) => progress.push(done),
    });
    expect(samples.map(({ index }) => [...readPixels(again, index)])).toEqual(pixels);
    expect(progress).toEqual([3]);
    expect(await readdir(cachePath)).toHaveLength(2);
    again.close();
    again.close();
    first.close();
  });

  it('prepares anew for other images, another preprocessing, or a cache that is not whole', async () => {
    const samples = await createSamples(3);
    const cachePath = await makeFolder();
    await prepare(samples, { cachePath });
    await prepare(samples.slice(1), { cachePath });
    await prepare(samples, { cachePath, preprocessingSha256: 'q' });
    const names = await readdir(cachePath);
    expect(names).toHaveLength(6);
    for (const name of names.filter((other) => other.endsWith('.pixels'))) {
      await truncate(join(cachePath, name), 7);
    }
    const again = await prepare(samples, { cachePath });
    expect([...readPixels(again, 1).subarray(0, 3)]).toEqual([10, 1, 0]);
    for (const name of names.filter((other) => other.endsWith('.json'))) {
      await writeFile(join(cachePath, name), '{"badImages":7}');
    }
    expect((await prepare(samples, { cachePath })).badImages).toEqual([]);
  });

  it('corrupts the prepared pixels, by the content alone, and keeps them apart from plain ones', async () => {
    const samples = await createSamples(3);
    const corruption = { name: 'gaussianNoise', severity: 3 } as const;
    const corrupted = [...samples, { ...samples[2]!, index: 3, corruption }];
    const cachePath = await makeFolder();
    const images = await prepare(corrupted, { cachePath });
    const pixels = [...readPixels(images, 3)];
    expect([...readPixels(images, 2)]).not.toEqual(pixels);
    const plain = { height: 4, width: 4, data: readPixels(images, 2) };
    const seed = Number.parseInt(samples[2]!.sha256.slice(0, 8), 16);
    expect(pixels).toEqual([...corruptPixels(plain, corruption, seed)]);
    await prepare([...samples, { ...samples[2]!, index: 3 }], { cachePath });
    expect(await readdir(cachePath)).toHaveLength(4);
    const again = await prepare(corrupted, { cachePath });
    expect([...readPixels(again, 3)]).toEqual(pixels);
    const elsewhere = await prepare([{ ...samples[2]!, index: 9, corruption }]);
    expect([...readPixels(elsewhere, 9)]).toEqual(pixels);
  });

  it('names an image that is bad once, however it is to be corrupted, and leaves out all that are made of it', async () => {
    const samples = await createSamples(2, [1]);
    const copy = (index: number, severity: number): Sample => ({
      ...samples[1]!,
      index,
      corruption: { name: 'fog', severity },
    });
    const all = [...samples, copy(2, 1), copy(3, 2)];
    const fault = await catchFault(() => prepare(all));
    expect(fault.violations.map(({ field }) => field)).toEqual(['1.png']);
    expect(fault.message).toContain('1 image cannot be used');
    const { badImages } = await prepare(all, { badImagePolicy: 'skip' });
    expect(badImages.map(({ sample }) => sample)).toEqual([1, 2, 3]);
  });

  it('refuses bad images and names each', async () => {
    const samples = await createSamples(4, [1, 3]);
    const fault = await catchFault(() => prepare(samples));
    expect(fault.kind).toBe('invalid');
    expect(fault.violations.map((violation) => violation.field)).toEqual([
      samples[1]!.relativePath,
      samples[3]!.relativePath,
    ]);
    expect(fault.message).toContain('2 images cannot be used; replace what is named here');
    expect(fault.message).toContain(`${samples[1]!.relativePath}: it is not a JPEG`);
  });

  it('leaves bad images out if told to, names them, and remembers it', async () => {
    const samples = await createSamples(4, [2]);
    await rm(samples[0]!.path);
    const cachePath = await makeFolder();
    const skip = { cachePath, badImagePolicy: 'skip' } as const;
    const images = await prepare(samples, skip);
    expect(images.badImages.map((bad) => bad.sample)).toEqual([0, 2]);
    expect(images.badImages[0]!.reason).toContain('cannot be read (ENOENT)');
    expect(() => readPixels(images, 2)).toThrow('sample 2 has no prepared image');
    expect([...readPixels(images, 3).subarray(0, 3)]).toEqual([30, 3, 0]);
    const again = await prepare(samples, skip);
    expect(again.badImages).toEqual(images.badImages);
    const fault = await catchFault(() => prepare(samples, { cachePath }));
    expect(fault.violations).toHaveLength(2);
  });

  it.each([{}, { memoryBytesMax: 0 }])(
    'neither leaves out nor remembers an image that cannot be read for now: %j',
    async (limits) => {
      const samples = await createSamples(2);
      const { path } = samples[1]!;
      const content = await readFile(path);
      await rm(path);
      // ELOOP stands for EIO, EMFILE and the like: the system's doing, not the image's.
      await symlink(path, path);
      const skip = { cachePath: await makeFolder(), badImagePolicy: 'skip', ...limits } as const;
      expect(await catchFault(() => prepare(samples, skip))).toMatchObject({
        kind: 'unavailable',
        message: `the image ${path} cannot be read (ELOOP)`,
      });
      await rm(path);
      await writeFile(path, content);
      expect((await prepare(samples, skip)).badImages).toEqual([]);
    },
  );

  it.each([{}, { memoryBytesMax: 0 }])(
    'refuses an image that is not the one that was hashed, and leaves nothing behind: %j',
    async (limits) => {
      const samples = await createSamples(2);
      await writeFile(samples[1]!.path, createPng(1, 2, 3));
      const cachePath = await makeFolder();
      const settings = { cachePath, badImagePolicy: 'skip', ...limits } as const;
      const fault = await catchFault(() => prepare(samples, settings));
      expect(fault.kind).toBe('precondition');
      expect(fault.message).toContain('1.png changed after the data were read');
      expect(await readdir(cachePath)).toEqual([]);
    },
  );

  it.each([{}, { memoryBytesMax: 0 }])(
    'leaves no temporary file where the cache cannot be written: %j',
    async (limits) => {
      const samples = await createSamples(2);
      const cachePath = await makeFolder();
      (await prepare(samples, { cachePath, ...limits })).close();
      const names = await readdir(cachePath);
      for (const name of names) await rm(join(cachePath, name));
      const inTheWay = names.find((name) => name.endsWith('.pixels'))!;
      await mkdir(join(cachePath, inTheWay, 'folder'), { recursive: true });
      await expect(prepare(samples, { cachePath, ...limits })).rejects.toThrow('rename');
      expect(await readdir(cachePath)).toEqual([inTheWay]);
    },
  );

  it('names images beyond the limits', async () => {
    const samples = await createSamples(1);
    const fileBytesMax = (await readFile(samples[0]!.path)).length - 1;
    const large = { limits: { fileBytesMax, pixelsMax: 100 } };
    expect((await catchFault(() => prepare(samples, large))).message).toContain(
      'more than the limit',
    );
    const wide = { limits: { fileBytesMax: 1000, pixelsMax: 15 } };
    expect((await catchFault(() => prepare(samples, wide))).message).toContain(
      'it has more than 15 pixels',
    );
  });

  const onLinux = it.runIf(process.platform === 'linux');
  onLinux('removes what a process left that is gone, and is known by what it writes', async () => {
    const samples = await createSamples(1);
    const cachePath = await makeFolder();
    const own = await nameTemporary();
    // No process has the highest number that Linux gives.
    const gone = own.replace(/^\.\d+_/, `.${2 ** 22}_`);
    await writeFile(join(cachePath, gone), '');
    const seen: string[] = [];
    await prepare(samples, {
      cachePath,
      memoryBytesMax: 0,
      async prepareSample(request) {
        seen.push(...(await readdir(cachePath)));
        return prepareSample(request);
      },
    });
    expect(seen).toEqual([expect.stringContaining(own.slice(0, own.indexOf('.', 1)))]);
  });

  it('asks for a cache folder when memory does not take the images', async () => {
    const samples = await createSamples(2);
    const fault = await catchFault(() => prepare(samples, { memoryBytesMax: 95 }));
    expect(fault.kind).toBe('exhausted');
    expect(fault.message).toContain('2 prepared images take 96 bytes');
  });

  it('does not read after it was closed', async () => {
    const cachePath = await makeFolder();
    const images = await prepare(await createSamples(1), { cachePath, memoryBytesMax: 0 });
    images.close();
    expect(() => readPixels(images, 0)).toThrow('the prepared images are closed');
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const samples = await createSamples(20);
    const settings = {
      concurrency: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    };
    const fault = await catchFault(() => prepare(samples, settings));
    expect(fault.kind).toBe('cancelled');
  });
});
