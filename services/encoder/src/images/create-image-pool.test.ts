import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { openPixelSource, type PixelReader, prepareSample } from '@holdfast/dataset';
import { defaultImageLimits, type Preprocessing } from '@holdfast/image';
import { catchFault, encodePng } from '@holdfast/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createImagePool, defaultImageWorkers, type ImagePool } from './create-image-pool.js';
import type { FillRequest } from './fill-pixels.js';

const size = 16;
const count = 12;
const preprocessing: Preprocessing = {
  doResize: true,
  shortestEdge: size,
  cropHeight: size,
  cropWidth: size,
  doRescale: true,
  rescaleFactor: 1 / 255,
  doNormalize: true,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};
const request: FillRequest = {
  preprocessing,
  start: 0,
  augmentedCount: 9,
  augmentationSeed: 5,
  firstIndex: 0,
  augmentation: {
    crop: { scaleMin: 0.5, scaleMax: 1, ratioMin: 0.75, ratioMax: 4 / 3 },
    rotationDegrees: 20,
    shiftPixels: 3,
    contrast: 0.3,
    brightness: 20,
    flip: true,
  },
  positions: Array.from({ length: count }, (_, i) => (i * 5) % count),
};
const elements = count * 3 * size * size;

let folder: string;
let readers: Record<'memory' | 'file', PixelReader>;
const pools: ImagePool[] = [];

function createPool(workers: number, entry?: URL): ImagePool {
  const pool = createImagePool(workers, entry);
  pools.push(pool);
  return pool;
}

/** A thread of another kind, for failures. */
async function writeEntry(name: string, body: string): Promise<URL> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, `import { parentPort } from 'node:worker_threads';\n${body}\n`);
  return pathToFileURL(path);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-pool-'));
  const imageBytes = 3 * size * size;
  const shared = new SharedArrayBuffer(count * imageBytes);
  new Uint8Array(shared).forEach((_, i, bytes) => {
    bytes[i] = (i * 7919) % 251;
  });
  const path = join(folder, 'pixels');
  await writeFile(path, new Uint8Array(shared));
  readers = {
    memory: openPixelSource({ shared, imageBytes }),
    file: openPixelSource({ path, imageBytes }),
  };
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));
afterAll(async () => {
  readers.file.close();
  await rm(folder, { recursive: true });
});

describe('createImagePool', () => {
  it.each([
    [1, 'memory'],
    [2, 'memory'],
    [2, 'file'],
  ] as const)(
    'fills the same bits with %i threads from %s as in the caller',
    async (workers, kind) => {
      const fill = (pool: ImagePool, part: Partial<FillRequest>, length: number) =>
        pool.fillPixels(readers[kind], { ...request, ...part }, new Float32Array(length));
      const expected = await fill(createPool(0), {}, elements);
      expect(new Set(expected).size).toBeGreaterThan(1000);
      const pool = createPool(workers);
      // The whole batch, and the same in two parts, all at once.
      const [whole, first, second] = await Promise.all([
        fill(pool, {}, elements),
        fill(pool, { positions: request.positions.slice(0, 5) }, (5 / count) * elements),
        fill(pool, { positions: request.positions.slice(5), start: 5 }, (7 / count) * elements),
      ]);
      expect(whole).toEqual(expected);
      expect(Float32Array.of(...first, ...second)).toEqual(expected);
    },
  );

  it('prepares images as in the caller, and says of each that is damaged why', async () => {
    const pixels = Uint8Array.from({ length: 20 * 18 * 3 }, (_, i) => (i * 37) % 256);
    const png = encodePng(20, 18, pixels);
    const pool = createPool(2);
    const answers = await Promise.all(
      [png, png.subarray(0, 300), Buffer.from('no image')].map(async (bytes, i) => {
        const path = join(folder, `${i}.png`);
        await writeFile(path, bytes);
        const sample = { path, sha256: sha256(bytes), preprocessing, limits: defaultImageLimits };
        const answer = await pool.prepareSample(sample);
        expect(answer).toEqual(await prepareSample(sample).then(toPlain));
        return answer;
      }),
    );
    expect(answers[0]).toHaveLength(3 * size * size);
    expect(answers[1]).toContain('it cannot be decoded');
    expect(answers[2]).toContain('it is not a JPEG');
  });

  it('passes a Fault of a thread on as it is, to its own job', async () => {
    const path = join(folder, 'changed.png');
    await writeFile(path, 'other bytes');
    const sample = { path, sha256: 'x', preprocessing, limits: defaultImageLimits };
    const pool = createPool(1);
    const beside = pool.prepareSample({ ...sample, path: join(folder, 'gone.png') });
    const fault = await catchFault(() => pool.prepareSample(sample));
    expect(fault.kind).toBe('precondition');
    expect(fault.message).toContain('changed.png changed after the data were read');
    expect(await beside).toBe('cannot be read (ENOENT)');
  });

  it.each([
    [
      'throws',
      `parentPort.on('message', () => { throw new Error('out of cheese'); });`,
      'out of cheese',
    ],
    ['exits', `parentPort.on('message', () => process.exit(7));`, 'exit code 7'],
    ['does not start', `import './gone.mjs';`, 'gone.mjs'],
  ])(
    'fails the job of a thread that %s, and starts another for the next',
    async (name, body, why) => {
      const pool = createPool(1, await writeEntry(name.replaceAll(' ', '-'), body));
      for (let round = 0; round < 2; round += 1) {
        const fault = await catchFault(() =>
          pool.fillPixels(readers.memory, request, new Float32Array(elements)),
        );
        expect(fault.kind).toBe('internal');
        expect(fault.message).toContain('an image thread failed: ');
        expect(fault.message).toContain(why);
      }
    },
  );

  it('goes on with what waits when a thread fails', async () => {
    const dying = await writeEntry(
      'sometimes',
      `parentPort.on('message', ([{ fill, pixels }]) =>
        fill.start === 1 ? process.exit(1) : parentPort.postMessage([{ value: pixels }]));`,
    );
    const pool = createPool(1, dying);
    const fill = (start: number) =>
      pool.fillPixels(readers.memory, { ...request, start }, Float32Array.of(start));
    const outcomes = await Promise.allSettled([fill(0), fill(1), fill(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('takes batches before images, and images eight at a time', async () => {
    const entry = await writeEntry(
      'order',
      `let messages = 0;
      parentPort.on('message', (jobs) => {
        parentPort.postMessage(jobs.map(() => ({ value: String(messages) })));
        messages += 1;
      });`,
    );
    const pool = createPool(1, entry);
    const sample = { path: '', sha256: '', preprocessing, limits: defaultImageLimits };
    const answers = await Promise.all([
      ...Array.from({ length: 9 }, () => pool.prepareSample(sample)),
      pool.fillPixels(readers.memory, request, new Float32Array(1)),
    ]);
    expect(answers).toEqual([...Array.from({ length: 8 }, () => '1'), '2', '0']);
  });

  it('takes files of callers by their size, so that a batch does not wait for many', async () => {
    const entry = await writeEntry(
      'sizes',
      `let messages = 0;
      parentPort.on('message', (jobs) => {
        messages += 1;
        parentPort.postMessage(jobs.map(() => ({ value: String(messages) })));
      });`,
    );
    const pool = createPool(1, entry);
    const file = (source: Uint8Array | string) =>
      pool.prepareFile({ source, name: '', preprocessing });
    const small = [1, 2, 3].map(() => file(new Uint8Array(10_000)));
    const large = [1, 2].map(() => file(new Uint8Array(100_000)));
    const unknown = [1, 2].map(() => file('/path'));
    const filled = pool.fillPixels(readers.memory, request, new Float32Array(1));
    expect(await filled).toBe('1');
    expect(await Promise.all([...small, ...large, ...unknown])).toEqual([
      '2',
      '2',
      '2',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('takes of a message that holds many files the one that it is asked for', async () => {
    const entry = await writeEntry(
      'views',
      `parentPort.on('message', (jobs) => parentPort.postMessage(
        jobs.map(({ file: { source } }) => ({ value: source.join() + ' of ' + source.buffer.byteLength }))));`,
    );
    const pool = createPool(1, entry);
    const message = Buffer.from([1, 2, 3, 4, 5]);
    const files = [message.subarray(0, 2), message.subarray(2)];
    const answers = files.map((source) => pool.prepareFile({ source, name: '', preprocessing }));
    expect(await Promise.all(answers)).toEqual(['1,2 of 2', '3,4,5 of 3']);
    // The caller's: a shadow is asked for it, too.
    expect([...message]).toEqual([1, 2, 3, 4, 5]);
  });

  it('fails what is under way and what waits when it closes, and whatever comes later', async () => {
    const pool = createPool(1, await writeEntry('silent', `parentPort.on('message', () => {});`));
    const fill = () =>
      catchFault(() => pool.fillPixels(readers.memory, request, new Float32Array(elements)));
    const faults = [fill(), fill()];
    await pool.close();
    for (const fault of await Promise.all([...faults, fill()])) {
      expect(fault.kind).toBe('unavailable');
    }
  });

  it('has threads by default where there are cores for them', () => {
    expect(defaultImageWorkers()).toBeLessThanOrEqual(4);
    expect(defaultImageWorkers()).not.toBe(1);
  });
});

/** What passes between threads is no Buffer. */
function toPlain(value: Uint8Array | string): Uint8Array | string {
  return typeof value === 'string' ? value : Uint8Array.from(value);
}
