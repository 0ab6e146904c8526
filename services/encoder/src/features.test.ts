import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { corruptPixels } from '@holdfast/corruption';
import { type Sample, writeSampleTable } from '@holdfast/dataset';
import { createLocalEngine, type Engine } from '@holdfast/engine';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
  LoadModelRequest,
  OpenSamplesRequest,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { TrainableScope } from '@holdfast/proto/holdfast/model/v1/model';
import { fromMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { encodePng } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import {
  createNoisyPixels,
  createRunFixture,
  openedWeights,
  openRun,
  type RunFixture,
} from './test-support/create-run-fixture.js';

const { TRAINABLE_SCOPE_FULL, TRAINABLE_SCOPE_PROJECTIONS, TRAINABLE_SCOPE_HEADS } = TrainableScope;
const runId = 'run';
const heads = { count: 2, rank: 3, seed: 1 };
const samples = [3, 9, 0, 3, 5];
const texts = { texts: ['a sign', 'a red sign', 'a sign'], heads: [1, 0, -1] };

let fixture: RunFixture;
let cachePath: string;

beforeAll(async () => {
  fixture = await createRunFixture(10);
  cachePath = join(fixture.root, 'cache');
});
afterAll(() => rm(fixture.root, { recursive: true }));

interface Opened {
  readonly client: EncoderServiceClient;
  readonly engine: Engine;
  /** Images that went through the tower while the run was prepared. */
  readonly extracted: number;
  readonly progress: readonly number[];
}

/** Opens the run in a service of its own. */
async function open(scope: TrainableScope, from = fixture): Promise<Opened> {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const spy = vi.spyOn(engine, 'extractFeatures');
  const service = createEncoderService({ engine, roots: [...from.roots, fixture.root] });
  const client = createInProcessClient(EncoderServiceDefinition, service);
  const model = LoadModelRequest.fromPartial({ ...from.model, heads, trainable: { scope } });
  const opened = await openRun(client, { ...from, model, samples: { ...from.samples, cachePath } });
  const progress = opened.training.map(({ featuresComputed }) => featuresComputed);
  const extracted = spy.mock.calls.reduce((sum, [{ images }]) => sum + (images?.count ?? 0), 0);
  return { client, engine, extracted, progress };
}

const bytesOf = async (client: EncoderServiceClient, retain = false) => {
  const answer = await client.encode({
    parameters: openedWeights,
    runId,
    images: { samples },
    texts,
    retain,
  });
  return [answer.imageEmbeddings!.data, answer.textEmbeddings!.data].map((bytes) =>
    Buffer.from(bytes).toString('base64'),
  );
};

/** The cache's file of features; there is one. */
async function findFile(): Promise<string> {
  const names = (await readdir(cachePath)).filter((name) => name.endsWith('.features'));
  expect(names).toHaveLength(1);
  return join(cachePath, names[0]!);
}

describe('features', () => {
  it.each([
    ['projections', TRAINABLE_SCOPE_PROJECTIONS],
    ['heads', TRAINABLE_SCOPE_HEADS],
  ])('give the embeddings of the whole model under the scope %s', async (_, scope) => {
    const whole = await open(TRAINABLE_SCOPE_FULL);
    const part = await open(scope);
    expect(whole.extracted).toBe(0);
    expect(await bytesOf(part.client)).toEqual(await bytesOf(whole.client));
    expect(await bytesOf(part.client, true)).toEqual(await bytesOf(whole.client));
    await rm(cachePath, { recursive: true });
  });

  it('are computed once, and again where a file is not what was written', async () => {
    const first = await open(TRAINABLE_SCOPE_PROJECTIONS);
    expect(first.extracted).toBe(10);
    expect(first.progress.at(-1)).toBe(10);
    const expected = await bytesOf(first.client);
    const path = await findFile();
    const { size } = await stat(path);

    async function reopen(): Promise<number> {
      const { client, extracted } = await open(TRAINABLE_SCOPE_PROJECTIONS);
      expect(await bytesOf(client)).toEqual(expected);
      expect((await stat(path)).size).toBe(size);
      return extracted;
    }
    expect(await reopen()).toBe(0);
    const bytes = await readFile(path);
    // A number of the third record: each has 96 numbers between two hashes.
    bytes[32 + 2 * (64 + 4 * 96) + 100]! ^= 1;
    await writeFile(path, bytes);
    expect(await reopen()).toBe(1);
    await truncate(path, size - 1);
    expect(await reopen()).toBe(1);
    await writeFile(path, 'something else');
    expect(await reopen()).toBe(10);
  });

  it('of a corrupted image are those of a file with the corrupted pixels, not those of its own', async () => {
    const { root } = fixture;
    const file = await readFile(join(root, 'images', '0.png'));
    const pixels = createNoisyPixels(32, 0);
    const seed = Number.parseInt(sha256(file).slice(0, 8), 16);
    const corruption = { name: 'shotNoise', severity: 4 } as const;
    const corrupted = corruptPixels({ height: 32, width: 32, data: pixels }, corruption, seed);
    const png = encodePng(32, 32, corrupted);
    await writeFile(join(root, 'images', 'corrupted.png'), png);
    const sample = (index: number, name: string, bytes: Uint8Array): Sample => {
      const path = join(root, 'images', name);
      const hash = sha256(bytes);
      const named = { path, relativePath: path, sha256: hash, label: 'a', group: 'a' };
      return { index, ...named, roles: ['target'] };
    };
    const samplesPath = join(root, 'corrupted.csv');
    const table = await writeSampleTable(samplesPath, [
      sample(0, '0.png', file),
      { ...sample(1, '0.png', file), corruption },
      sample(2, 'corrupted.png', png),
    ]);
    const request = { samplesUri: pathToFileURL(samplesPath).href, samplesSha256: table.sha256 };
    const from = { ...fixture, samples: OpenSamplesRequest.fromPartial({ runId, ...request }) };
    for (const scope of [TRAINABLE_SCOPE_FULL, TRAINABLE_SCOPE_PROJECTIONS]) {
      const { client } = await open(scope, from);
      const { imageEmbeddings } = await client.encode({
        parameters: openedWeights,
        runId,
        images: { samples: [0, 1, 2] },
      });
      const { data } = imageEmbeddings!;
      const [plain, made, read] = [0, 1, 2].map((row) =>
        Buffer.from(data.slice((row * data.length) / 3, ((row + 1) * data.length) / 3)),
      );
      expect(made!.equals(read!)).toBe(true);
      expect(made!.equals(plain!)).toBe(false);
    }
  });

  it('of other images stay in the file', async () => {
    const path = await findFile();
    const { size } = await stat(path);
    const other = await createRunFixture(12);
    const { extracted } = await open(TRAINABLE_SCOPE_PROJECTIONS, other);
    // The first ten are the same images.
    expect(extracted).toBe(2);
    expect((await stat(path)).size).toBeGreaterThan(size);
    expect((await open(TRAINABLE_SCOPE_PROJECTIONS)).extracted).toBe(0);
    await rm(other.root, { recursive: true });
  });

  it('leave the gradients of images that do not train aside', async () => {
    const { client, engine } = await open(TRAINABLE_SCOPE_HEADS);
    const wave = (rows: number) =>
      fromMatrix(
        createMatrix(
          rows,
          64,
          new Float32Array(rows * 64).map((_, i) => Math.sin(i)),
        ),
      );
    const readGradient = async (imageGradients: boolean) => {
      await client.encode({
        parameters: openedWeights,
        runId,
        step: 0,
        images: { samples },
        texts,
        retain: true,
      });
      const given = imageGradients && { imageGradients: wave(samples.length) };
      await client.backpropagate({
        parameters: openedWeights,
        runId,
        step: 0,
        textGradients: wave(3),
        ...given,
      });
      const count = await engine.readLength({ runId });
      const gradient = await engine.readArray({ runId, array: 'gradient', offset: 0, count });
      return Buffer.from(gradient.buffer).toString('base64');
    };
    const without = await readGradient(false);
    expect(without).toMatch(/[^A=]/);
    expect(await readGradient(true)).toBe(without);
  });

  it('are those of plain images', async () => {
    const { client } = await open(TRAINABLE_SCOPE_HEADS);
    const images = { samples: [1], augmentedCount: 1, augmentation: { shiftPixels: 1 } };
    await expect(client.encode({ parameters: openedWeights, runId, images })).rejects.toMatchObject(
      {
        kind: 'invalid',
        violations: [{ field: 'images.augmented_count' }],
      },
    );
  });
});

describe('LoadModel', () => {
  it('names what is wrong with the scope', async () => {
    const refused = async (trainable: LoadModelRequest['trainable']) => {
      const service = createEncoderService({
        engine: createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 20 }),
        roots: fixture.roots,
      });
      const client = createInProcessClient(EncoderServiceDefinition, service);
      const error = await client.loadModel({ ...fixture.model, trainable }).catch((e) => e);
      return error.violations.map(({ field }: { field: string }) => field);
    };
    const none = { adapters: undefined };
    const empty = { adapters: { rank: 0, scale: 0, seed: 0 } };
    const scope = TrainableScope.TRAINABLE_SCOPE_ADAPTERS;
    expect(await refused({ ...none, scope: TRAINABLE_SCOPE_HEADS })).toEqual(['trainable.scope']);
    expect(await refused({ ...none, scope })).toEqual(['trainable.adapters']);
    expect(await refused({ ...empty, scope })).toEqual([
      'trainable.adapters.rank',
      'trainable.adapters.scale',
    ]);
    // As an attribute of a graph it would be no float32.
    const huge = { adapters: { rank: 1, scale: 1e299, seed: 0 } };
    expect(await refused({ ...huge, scope })).toEqual(['trainable.adapters.scale']);
    expect(await refused({ ...empty, scope: TrainableScope.TRAINABLE_SCOPE_FULL })).toEqual([
      'trainable.adapters',
    ]);
    expect(await refused({ ...none, scope: 99 as TrainableScope })).toEqual(['trainable.scope']);
  });
});
