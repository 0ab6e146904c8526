import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { createLocalEngine, type Engine } from '@holdfast/engine';
import {
  BadImagePolicy,
  type EncoderServiceClient,
  EncoderServiceDefinition,
  OpenRunRequest,
  type OpenRunResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import {
  createRunFixture,
  openedWeights,
  type RunFixture,
} from './test-support/create-run-fixture.js';

const size = 64;
const runId = 'run';
const texts = ['a sign', 'a photo of a sign', 'a sign', 'stop', 'a photo of a sign'];
const augmentation = { shiftPixels: 3, contrast: 0.2, brightness: 20, flip: true };

type Context = Parameters<ReturnType<typeof createEncoderService>['openRun']>[1];

let fixture: RunFixture;
let engine: Engine;
let client: EncoderServiceClient;

function createClient(): EncoderServiceClient {
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createEncoderService({ engine, roots: fixture.roots });
  return createInProcessClient(EncoderServiceDefinition, service);
}

async function open(request: OpenRunRequest, by = client): Promise<OpenRunResponse[]> {
  const responses: OpenRunResponse[] = [];
  for await (const response of by.openRun(request)) responses.push(response);
  return responses;
}

const wave = (rows: number, seed: number) =>
  fromMatrix(
    createMatrix(
      rows,
      size,
      new Float32Array(rows * size).map((_, i) => Math.cos(seed + i)),
    ),
  );

beforeAll(async () => {
  fixture = await createRunFixture(10);
  client = createClient();
  await open(fixture.request);
});

afterAll(() => rm(fixture.root, { recursive: true }));

describe('OpenRun', () => {
  it('reports progress, then what it found', async () => {
    const responses = await open(fixture.request, createClient());
    client = createClient();
    await open(fixture.request);
    expect(responses.length).toBeGreaterThan(1);
    expect(responses.at(-1)).toMatchObject({
      imagesPrepared: 10,
      imagesTotal: 10,
      opened: { embeddingSize: size, imageChunkSize: 4, textChunkSize: 4, badImages: [] },
    });
    // All parameters of the model but its logit scale.
    expect(responses.at(-1)?.opened?.parameterCount).toBe(672_000n);
  });

  it('answers an open run at once, and refuses another request for it', async () => {
    expect(await open(fixture.request)).toHaveLength(1);
    await expect(open({ ...fixture.request, textChunkSize: 8 })).rejects.toMatchObject({
      kind: 'precondition',
    });
  });

  it('names every field that is wrong', async () => {
    const request = OpenRunRequest.fromPartial({
      runId: 'other',
      modelPath: '/etc',
      samplesPath: '',
      samplesSha256: 'x',
      heads: { count: 3, rank: 0 },
      imageChunkSize: 10_000,
    });
    const error = await open(request).catch((e) => e);
    expect(error.kind).toBe('invalid');
    const fields = error.violations.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(
      expect.arrayContaining([
        'samples_sha256',
        'model_path',
        'samples_path',
        'heads.rank',
        'image_chunk_size',
      ]),
    );
    await expect(
      client.encode({ parameters: openedWeights, runId: 'other', step: 0 }),
    ).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('frees what was opened for a caller who left meanwhile', async () => {
    const other = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
    const opened = vi.spyOn(other, 'openModel');
    const closed = vi.spyOn(other, 'closeRun');
    const service = createEncoderService({ engine: other, roots: fixture.roots });
    const { signal } = new AbortController();
    const call = service.openRun(fixture.request, { signal } as Context);
    const responses = call[Symbol.asyncIterator]();
    await responses.next();
    await vi.waitUntil(() => opened.mock.calls.length > 0);
    await responses.return!();
    expect(closed).toHaveBeenCalledExactlyOnceWith({ runId });
    const again = createInProcessClient(EncoderServiceDefinition, service);
    expect((await open(fixture.request, again)).at(-1)?.opened).toBeDefined();
  });

  it('refuses a table that has changed', async () => {
    const request = { ...fixture.request, runId: 'changed', samplesSha256: '0'.repeat(64) };
    await expect(open(request)).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('leaves images out that cannot be read, if it is told to', async () => {
    const other = await createRunFixture(3);
    const path = join(other.root, 'images', '1.png');
    const broken = Buffer.from('no image');
    const table = await readFile(other.request.samplesPath, 'utf8');
    const changed = table.replace(sha256(await readFile(path)), sha256(broken));
    await writeFile(path, broken);
    await writeFile(other.request.samplesPath, changed);
    const service = createEncoderService({ engine, roots: other.roots });
    const own = createInProcessClient(EncoderServiceDefinition, service);
    const request = { ...other.request, runId: 'broken', samplesSha256: sha256(changed) };
    await expect(open(request, own)).rejects.toThrow('1.png');
    const badImagePolicy = BadImagePolicy.BAD_IMAGE_POLICY_SKIP;
    const responses = await open({ ...request, badImagePolicy }, own);
    expect(responses.at(-1)?.opened?.badImages).toMatchObject([{ sample: 1 }]);
    const images = { samples: [0, 1, 2] };
    await expect(
      own.encode({ parameters: openedWeights, runId: 'broken', step: 0, images }),
    ).rejects.toMatchObject({
      violations: [{ field: 'images.samples[1]' }],
    });
    await own.closeRun({ runId: 'broken' });
    await rm(other.root, { recursive: true });
  });
});

describe('Encode', () => {
  const encodeImages = async (samples: readonly number[], more: object = {}) => {
    const images = { samples: [...samples], ...more };
    const { imageEmbeddings } = await client.encode({
      parameters: openedWeights,
      runId,
      step: 0,
      images,
    });
    return toMatrix(imageEmbeddings, 'images').data;
  };

  it('gives equal texts equal rows', async () => {
    const { textEmbeddings } = await client.encode({
      parameters: openedWeights,
      runId,
      step: 0,
      texts: { texts },
    });
    const { rows, data } = toMatrix(textEmbeddings, 'texts');
    const row = (i: number) => data.slice(i * size, (i + 1) * size);
    expect(rows).toBe(5);
    expect(row(0)).toEqual(row(2));
    expect(row(1)).toEqual(row(4));
    expect(row(0)).not.toEqual(row(1));
  });

  it('gives an image the same bits in any batch', async () => {
    const all = await encodeImages([0, 1, 2, 3, 4, 5, 6]);
    const few = await encodeImages([5, 0]);
    expect(few.slice(0, size)).toEqual(all.slice(5 * size, 6 * size));
    expect(few.slice(size)).toEqual(all.slice(0, size));
  });

  it('augments the leading images by seed and position', async () => {
    const settings = { augmentation, augmentationSeed: 7 };
    const plain = await encodeImages([0, 1, 2]);
    const augmented = await encodeImages([0, 1, 2], { ...settings, augmentedCount: 2 });
    expect(augmented.slice(0, size)).not.toEqual(plain.slice(0, size));
    expect(augmented.slice(2 * size)).toEqual(plain.slice(2 * size));
    // Image 1 draws from stream (7, 1) whatever comes before and after it.
    const again = await encodeImages([4, 1], { ...settings, augmentedCount: 2 });
    expect(again.slice(size)).toEqual(augmented.slice(size, 2 * size));
    const other = await encodeImages([0, 1], {
      ...settings,
      augmentedCount: 2,
      augmentationSeed: 8,
    });
    expect(other).not.toEqual(augmented.slice(0, 2 * size));
  });

  it('gives the parts of a batch the bits of the whole', async () => {
    const settings = { augmentation, augmentationSeed: 7 };
    const whole = await encodeImages([0, 1, 2, 3, 4], { ...settings, augmentedCount: 4 });
    const first = await encodeImages([0, 1], { ...settings, augmentedCount: 2 });
    const second = await encodeImages([2, 3, 4], {
      augmentedCount: 2,
      firstIndex: 2,
      ...settings,
    });
    expect(Float32Array.of(...first, ...second)).toEqual(whole);
    await expect(encodeImages([0, 1], { firstIndex: 2 ** 32 - 1 })).rejects.toMatchObject({
      violations: [{ field: 'images.first_index' }],
    });
  });

  it('names every field that is wrong', async () => {
    const error = await client
      .encode({
        parameters: openedWeights,
        runId,
        step: 0,
        texts: { texts: ['a', 'b'], heads: [0] },
        images: {
          samples: [0, 99],
          augmentedCount: 3,
          augmentation: {
            contrast: 2,
            rotationDegrees: 181,
            crop: { scaleMin: 0, scaleMax: 1, ratioMin: 2, ratioMax: 1 },
          },
        },
      })
      .catch((e) => e);
    expect(error.violations.map(({ field }: { field: string }) => field)).toEqual([
      'images.samples[1]',
      'images.augmented_count',
      'images.augmentation.contrast',
      'images.augmentation.rotation_degrees',
      'images.augmentation.crop.scale_max',
      'images.augmentation.crop.ratio_max',
      'texts.heads',
      'texts.heads[0]',
    ]);
  });

  it('says whether a retained batch keeps its activations', async () => {
    const images = { samples: [0] };
    expect(
      (await client.encode({ parameters: openedWeights, runId, step: 0, images })).passes,
    ).toBe(0);
    expect(
      (await client.encode({ parameters: openedWeights, runId, step: 0, images, retain: true }))
        .passes,
    ).toBe(1);
  });

  it('takes the weights that are named, and refuses those that this replica does not have', async () => {
    const { SHARED_ARRAY_REFERENCE, SHARED_ARRAY_EVALUATION, SHARED_ARRAY_UNSPECIFIED } =
      SharedArray;
    const images = { samples: [3] };
    const encode = (parameters: Partial<ArrayVersion> | undefined) =>
      client.encode({ runId, step: 0, images, parameters });
    const old = await encode({ array: SHARED_ARRAY_REFERENCE, version: 0 });
    expect(toMatrix(old.imageEmbeddings, '').data).toEqual(await encodeImages([3]));
    const unknown = [
      { ...openedWeights, version: 1 },
      { array: SHARED_ARRAY_EVALUATION, version: 0 },
    ];
    for (const parameters of unknown) {
      await expect(encode(parameters)).rejects.toMatchObject({ kind: 'precondition' });
    }
    const unnamed = [
      [{ array: openedWeights.array }, ['version']],
      [{ array: SHARED_ARRAY_UNSPECIFIED, version: 0 }, ['array']],
      [undefined, ['array', 'version']],
    ] as const;
    for (const [parameters, fields] of unnamed) {
      await expect(encode(parameters)).rejects.toMatchObject({
        kind: 'invalid',
        violations: fields.map((field) => ({ field: `parameters.${field}` })),
      });
    }
  });
});

describe('Backpropagate', () => {
  const readGradient = async () => {
    const count = await engine.readLength({ runId });
    return engine.readArray({ runId, array: 'gradient', offset: 0, count });
  };
  const encode = (step: number, list = texts) =>
    client.encode({
      parameters: openedWeights,
      runId,
      step,
      images: { samples: [0, 1] },
      texts: { texts: list },
      retain: true,
    });

  it('answers a repeated step the same, and needs the batch of its step', async () => {
    await encode(0);
    const gradients = { imageGradients: wave(2, 1), textGradients: wave(5, 2) };
    await expect(
      client.backpropagate({ parameters: openedWeights, runId, step: 1, ...gradients }),
    ).rejects.toMatchObject({
      kind: 'precondition',
    });
    const { gradient } = await client.backpropagate({
      parameters: openedWeights,
      runId,
      step: 0,
      ...gradients,
    });
    expect(gradient).toMatchObject({
      engineId: engine.id,
      runId,
      array: SharedArray.SHARED_ARRAY_GRADIENT,
    });
    expect(
      await client.backpropagate({ parameters: openedWeights, runId, step: 0, ...gradients }),
    ).toEqual({ gradient });
    await expect(
      client.backpropagate({ parameters: openedWeights, runId, step: 1, ...gradients }),
    ).rejects.toMatchObject({
      kind: 'precondition',
    });
  });

  it('refuses weights that are not those of the batch', async () => {
    await encode(5);
    const request = { runId, step: 5, imageGradients: wave(2, 1) };
    const others = { ...openedWeights, version: 6 };
    await expect(client.backpropagate({ ...request, parameters: others })).rejects.toMatchObject({
      kind: 'precondition',
    });
    // The same bits, but a write all the same: no half of the gradient may be of other weights.
    await engine.copyArray({ runId, from: 'reference', to: 'parameters' });
    const written = client.backpropagate({ ...request, parameters: openedWeights });
    await expect(written).rejects.toThrow('was written since');
  });

  it('sums the gradients of equal texts', async () => {
    await encode(1, ['a sign', 'stop', 'a sign']);
    const three = wave(3, 2);
    await client.backpropagate({
      parameters: openedWeights,
      runId,
      step: 1,
      imageGradients: wave(2, 1),
      textGradients: three,
    });
    const repeated = await readGradient();
    await encode(2, ['a sign', 'stop']);
    const data = toMatrix(three, '').data;
    const sums = data.slice(0, 2 * size);
    for (let j = 0; j < size; j += 1) sums[j] = data[j]! + data[2 * size + j]!;
    await client.backpropagate({
      parameters: openedWeights,
      runId,
      step: 2,
      imageGradients: wave(2, 1),
      textGradients: fromMatrix(createMatrix(2, size, sums)),
    });
    expect(Buffer.from((await readGradient()).buffer).equals(Buffer.from(repeated.buffer))).toBe(
      true,
    );
  });

  it('names gradients that do not fit the batch', async () => {
    await encode(3);
    await expect(
      client.backpropagate({
        parameters: openedWeights,
        runId,
        step: 3,
        imageGradients: wave(3, 1),
        textGradients: wave(2, 1),
      }),
    ).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: 'image_gradients.shape' }, { field: 'text_gradients.shape' }],
    });
  });
});

describe('CloseRun', () => {
  it('frees a run, and an unknown one changes nothing', async () => {
    const request = { ...fixture.request, runId: 'short' };
    await open(request);
    await client.closeRun({ runId: 'short' });
    await client.closeRun({ runId: 'short' });
    await expect(
      client.encode({ parameters: openedWeights, runId: 'short', step: 0 }),
    ).rejects.toMatchObject({
      kind: 'not-found',
    });
    await expect(engine.readLength({ runId: 'short' })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

it('says which engine it runs on', async () => {
  expect(await client.getInfo({})).toEqual({
    engineId: engine.id,
    executionProvider: 'cpu',
    providerReason: 'the default',
    threads: 1,
    runtimeVersion: '1.30.0',
  });
});
