import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { createLocalEngine } from '@holdfast/engine';
import {
  BadImagePolicy,
  type EncoderServiceClient,
  EncoderServiceDefinition,
  type EncoderServiceImplementation,
  ImageBatch,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { toMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import { createImagePool, type ImagePool } from './images/create-image-pool.js';
import {
  createRunFixture,
  openedWeights,
  openRun,
  type RunFixture,
} from './test-support/create-run-fixture.js';

const runId = 'run';
const broken = 4;
let fixture: RunFixture;
const pools: ImagePool[] = [];

async function host(workers: number): Promise<{
  readonly client: EncoderServiceClient;
  readonly service: EncoderServiceImplementation;
  readonly waits: readonly number[];
  readonly reasons: readonly string[];
}> {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const imagePool = createImagePool(workers);
  pools.push(imagePool);
  const waits: number[] = [];
  const onImageWait = (seconds: number) => waits.push(seconds);
  const service = createEncoderService({ engine, roots: fixture.roots, imagePool, onImageWait });
  const client = createInProcessClient(EncoderServiceDefinition, service);
  const { samples } = await openRun(client, fixture);
  const reasons = samples.at(-1)!.opened!.badImages.map(({ reason }) => reason);
  return { client, service, waits, reasons };
}

const images = (step: number): ImageBatch =>
  ImageBatch.fromPartial({
    samples: [0, 1, 2, 3, 5].map((sample) => (sample + step) % 4),
    augmentedCount: 4,
    augmentation: {
      crop: { scaleMin: 0.5, scaleMax: 1, ratioMin: 0.75, ratioMax: 4 / 3 },
      rotationDegrees: 20,
      shiftPixels: 3,
      contrast: 0.2,
      brightness: 20,
      flip: true,
    },
    augmentationSeed: step,
  });

async function encodeSteps(client: EncoderServiceClient, announcing: boolean) {
  const embeddings: Float32Array[] = [];
  for (let step = 0; step < 3; step += 1) {
    const encoding = client.encode({
      parameters: openedWeights,
      runId,
      step,
      images: images(step),
      retain: true,
    });
    const batches = [images(step + 1)];
    if (announcing)
      expect(await client.prefetch({ runId, step: step + 1, batches })).toEqual({ accepted: 1 });
    embeddings.push(toMatrix((await encoding).imageEmbeddings, 'images').data);
  }
  return embeddings;
}

beforeAll(async () => {
  fixture = await createRunFixture(8);
  const path = join(fixture.root, 'images', `${broken}.png`);
  const whole = await readFile(path);
  const cut = whole.subarray(0, 500);
  const table = await readFile(fixture.samplesPath, 'utf8');
  const changed = table.replace(sha256(whole), sha256(cut));
  await writeFile(path, cut);
  await writeFile(fixture.samplesPath, changed);
  fixture.samples.samplesSha256 = sha256(changed);
  fixture.samples.badImagePolicy = BadImagePolicy.BAD_IMAGE_POLICY_SKIP;
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await rm(fixture.root, { recursive: true });
});

describe('Prefetch', () => {
  it('changes no bit of what Encode answers, with any number of image threads', async () => {
    const expected = await encodeSteps((await host(0)).client, false);
    expect(new Set(expected.flatMap((data) => [...data])).size).toBeGreaterThan(500);
    for (const [workers, announcing] of [
      [0, true],
      [1, false],
      [1, true],
      [2, true],
    ] as const) {
      const { client, waits, reasons } = await host(workers);
      expect(await encodeSteps(client, announcing)).toEqual(expected);
      expect(waits).toHaveLength(3);
      expect(waits.every((seconds) => seconds > 0 && seconds < 60)).toBe(true);
      expect(reasons).toEqual([expect.stringContaining('it cannot be decoded')]);
    }
  });

  it('says how many batches it takes, and refuses none for want of room', async () => {
    const { client } = await host(0);
    const announce = (step: number, batches: ImageBatch[]) =>
      client.prefetch({ runId, step, batches });
    expect(await announce(1, [images(1), images(2), images(3)])).toEqual({ accepted: 3 });
    expect(await announce(2, [images(4), images(5)])).toEqual({ accepted: 1 });
    expect(await announce(2, [images(4), images(5)])).toEqual({ accepted: 1 });
    expect(await announce(2, [ImageBatch.fromPartial({})])).toEqual({ accepted: 0 });
    // A later step forgets what was never taken.
    await client.encode({
      parameters: openedWeights,
      runId,
      step: 2,
      images: images(9),
      retain: true,
    });
    expect(await announce(3, [images(6), images(7), images(8)])).toEqual({ accepted: 3 });
  });

  it('names every field that is wrong, and an unknown run', async () => {
    const { client } = await host(0);
    const wrong = { ...images(0), samples: [0, 99, broken], augmentedCount: 4 };
    const error = await client
      .prefetch({ runId, step: 0, batches: [images(0), wrong, wrong, wrong, wrong] })
      .catch((e) => e);
    const fields = error.violations.map(({ field }: { field: string }) => field);
    expect(error.kind).toBe('invalid');
    expect(fields.slice(0, 4)).toEqual([
      'batches',
      'batches[1].samples[1]',
      'batches[1].samples[2]',
      'batches[1].augmented_count',
    ]);
    await expect(client.prefetch({ runId: 'other', step: 0, batches: [] })).rejects.toMatchObject({
      kind: 'not-open',
    });
  });
});

it('leaves no image thread at work when a caller leaves while its samples are opened', async () => {
  const { service, client } = await host(2);
  const runId = 'left';
  await client.loadModel({ ...fixture.model, runId });
  const request = { ...fixture.samples, runId };
  const context = { signal: new AbortController().signal };
  const call = service.openSamples(request, context as Parameters<typeof service.openSamples>[1]);
  const responses = call[Symbol.asyncIterator]();
  await responses.next();
  await responses.return!();
  // The threads are free for the run that is open.
  expect(await encodeSteps(client, true)).toHaveLength(3);
});
