import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { createLocalEngine, type Engine } from '@holdfast/engine';
import {
  BadImagePolicy,
  type EncoderServiceClient,
  EncoderServiceDefinition,
  ExecutionProvider,
  LoadModelRequest,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import {
  collect,
  createRunFixture,
  openedWeights,
  openRun,
  type RunFixture,
} from './test-support/create-run-fixture.js';

const size = 64;
const runId = 'run';
const texts = ['a sign', 'a photo of a sign', 'a sign', 'stop', 'a photo of a sign'];
const augmentation = { shiftPixels: 3, contrast: 0.2, brightness: 20, flip: true };

type Context = Parameters<ReturnType<typeof createEncoderService>['openSamples']>[1];

let fixture: RunFixture;
let engine: Engine;
let client: EncoderServiceClient;

function createClient(): EncoderServiceClient {
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createEncoderService({ engine, roots: fixture.roots });
  return createInProcessClient(EncoderServiceDefinition, service);
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
  await openRun(client, fixture);
});

afterAll(() => rm(fixture.root, { recursive: true }));

/** Requests that open the fixture under another name. */
const named = (name: string, from = fixture) => ({
  model: { ...from.model, runId: name },
  samples: { ...from.samples, runId: name },
  training: { ...from.training, runId: name },
});

describe('LoadModel', () => {
  it('says what it loaded, and the same again', async () => {
    const loaded = await client.loadModel(fixture.model);
    expect(loaded).toMatchObject({ embeddingSize: size, imageChunkSize: 4, textChunkSize: 4 });
    // All parameters of the model but its logit scale.
    expect(loaded.parameterCount).toBe(672_000n);
    const other = client.loadModel({ ...fixture.model, textChunkSize: 8 });
    await expect(other).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('names every field that is wrong', async () => {
    const request = LoadModelRequest.fromPartial({
      runId: 'other',
      modelUri: 'file:///etc',
      heads: { count: 3, rank: 0 },
      imageChunkSize: 10_000,
      textChunkSize: 0,
    });
    const error = await client.loadModel(request).catch((e) => e);
    expect(error.kind).toBe('invalid');
    const fields = error.violations.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual([
      'heads.rank',
      'image_chunk_size',
      'model_uri',
      'text_chunk_size',
    ]);
    await expect(
      client.encode({ parameters: openedWeights, runId: 'other', step: 0 }),
    ).rejects.toMatchObject({ kind: 'not-open' });
  });

  it('serves texts without samples, and says what images and training need', async () => {
    const { model, training } = named('serving');
    const loaded = await client.loadModel({ ...model, trainable: undefined });
    expect(loaded.parameterCount).toBe(0n);
    const request = { parameters: openedWeights, runId: 'serving', texts: { texts } };
    const whole = await client.encode({ ...request, runId });
    expect((await client.encode(request)).textEmbeddings).toEqual(whole.textEmbeddings);
    const refused = (call: Promise<unknown>) =>
      call.then(
        () => 'done',
        (error: Error) => error.message,
      );
    const images = { samples: [0] };
    expect(await refused(client.encode({ ...request, images }))).toContain('OpenSamples');
    const batches = [images];
    expect(await refused(client.prefetch({ runId: 'serving', step: 0, batches }))).toContain(
      'OpenSamples',
    );
    expect(await refused(client.encode({ ...request, retain: true }))).toContain('PrepareTraining');
    expect(await refused(collect(client.prepareTraining(training)))).toContain('nothing trains');
    await client.unloadModel({ runId: 'serving' });
  });

  it('has the embeddings of a model that trains where nothing does, and no memory for that', async () => {
    const { model, samples } = named('evaluated');
    await client.loadModel({ ...model, trainable: undefined });
    await collect(client.openSamples(samples));
    const request = { parameters: openedWeights, images: { samples: [7, 0, 3, 3, 9] } };
    const evaluated = await client.encode({ ...request, runId: 'evaluated' });
    expect(evaluated).toMatchObject({
      imageEmbeddings: (await client.encode({ ...request, runId })).imageEmbeddings,
    });
    expect(await engine.readLength({ runId: 'evaluated' })).toBe(0);
    await client.unloadModel({ runId: 'evaluated' });
  });
});

describe('OpenSamples', () => {
  it('reports progress, then what it found; and at once if it has', async () => {
    const { samples } = await openRun(createClient(), fixture);
    client = createClient();
    await openRun(client, fixture);
    expect(samples.length).toBeGreaterThan(1);
    const last = { imagesPrepared: 10, imagesTotal: 10, opened: { badImages: [] } };
    expect(samples.at(-1)).toEqual(last);
    expect(await collect(client.openSamples(fixture.samples))).toEqual([last]);
    const other = client.openSamples({ ...fixture.samples, cachePath: fixture.root });
    await expect(collect(other)).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('names every field that is wrong, and a model that is not loaded', async () => {
    const { model } = named('wrong');
    const call = () => collect(client.openSamples({ runId: 'wrong', samplesSha256: 'x' }));
    await expect(call()).rejects.toMatchObject({ kind: 'not-open' });
    await client.loadModel(model);
    await expect(call()).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: 'samples_sha256' }, { field: 'samples_uri' }],
    });
    await client.unloadModel({ runId: 'wrong' });
  });

  it('can be opened again after a caller left meanwhile', async () => {
    const { model, samples } = named('left');
    const service = createEncoderService({ engine, roots: fixture.roots });
    const again = createInProcessClient(EncoderServiceDefinition, service);
    await again.loadModel(model);
    const { signal } = new AbortController();
    const call = service.openSamples(samples, { signal } as Context);
    const responses = call[Symbol.asyncIterator]();
    await responses.next();
    const waits = collect(again.openSamples(samples));
    const refused = expect(waits).rejects.toMatchObject({ kind: 'cancelled' });
    await responses.return!();
    await refused;
    expect((await collect(again.openSamples(samples))).at(-1)?.opened).toBeDefined();
    await again.unloadModel({ runId: 'left' });
  });

  it('refuses a table that has changed', async () => {
    const { model, samples } = named('changed');
    await client.loadModel(model);
    const request = { ...samples, samplesSha256: '0'.repeat(64) };
    await expect(collect(client.openSamples(request))).rejects.toMatchObject({
      kind: 'precondition',
    });
    await client.unloadModel({ runId: 'changed' });
  });

  it('leaves images out that cannot be read, if it is told to', async () => {
    const other = await createRunFixture(3);
    const path = join(other.root, 'images', '1.png');
    const broken = Buffer.from('no image');
    const table = await readFile(other.samplesPath, 'utf8');
    const changed = table.replace(sha256(await readFile(path)), sha256(broken));
    await writeFile(path, broken);
    await writeFile(other.samplesPath, changed);
    const service = createEncoderService({ engine, roots: other.roots });
    const own = createInProcessClient(EncoderServiceDefinition, service);
    const { model, samples } = named('broken', other);
    await own.loadModel(model);
    const request = { ...samples, samplesSha256: sha256(changed) };
    await expect(collect(own.openSamples(request))).rejects.toThrow('1.png');
    const badImagePolicy = BadImagePolicy.BAD_IMAGE_POLICY_SKIP;
    const responses = await collect(own.openSamples({ ...request, badImagePolicy }));
    expect(responses.at(-1)?.opened?.badImages).toMatchObject([{ sample: 1 }]);
    const images = { samples: [0, 1, 2] };
    await expect(
      own.encode({ parameters: openedWeights, runId: 'broken', step: 0, images }),
    ).rejects.toMatchObject({
      violations: [{ field: 'images.samples[1]' }],
    });
    await own.unloadModel({ runId: 'broken' });
    await rm(other.root, { recursive: true });
  });
});

describe('PrepareTraining', () => {
  it('divides a step evenly where no chunk size is named, and is repeated at once', async () => {
    const { model, training } = named('even');
    await client.loadModel({ ...model, imageChunkSize: undefined });
    const request = { ...training, imageBatchSize: 6 };
    const first = await collect(client.prepareTraining(request));
    const chunk = first.at(-1)!.prepared!.imageChunkSize;
    expect(6 % chunk).toBe(0);
    expect(await collect(client.prepareTraining(request))).toEqual(first);
    const other = client.prepareTraining({ ...request, imageBatchSize: 7 });
    await expect(collect(other)).rejects.toMatchObject({ kind: 'precondition' });
    await client.unloadModel({ runId: 'even' });
  });

  it('names every field that is wrong', async () => {
    const { model } = named('numbers');
    await client.loadModel(model);
    const request = { runId: 'numbers', imageBatchSize: 0, activationBudgetMib: 0 };
    await expect(collect(client.prepareTraining(request))).rejects.toMatchObject({
      violations: [{ field: 'image_batch_size' }, { field: 'activation_budget_mib' }],
    });
    await client.unloadModel({ runId: 'numbers' });
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
    ).toBeUndefined();
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
      await expect(encode(parameters)).rejects.toMatchObject({ kind: 'out-of-step' });
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
  const readGradient = async (array: 'gradient' | 'taskGradient' = 'gradient') => {
    const count = await engine.readLength({ runId });
    return engine.readArray({ runId, array, offset: 0, count });
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
      kind: 'not-retained',
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
      kind: 'not-retained',
    });
  });

  it('refuses weights that are not those of the batch', async () => {
    await encode(5);
    const request = { runId, step: 5, imageGradients: wave(2, 1) };
    const others = { ...openedWeights, version: 6 };
    await expect(client.backpropagate({ ...request, parameters: others })).rejects.toMatchObject({
      kind: 'not-retained',
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

  it('gives several gradients of one batch, each to an array of its own', async () => {
    const gradients = [
      { imageGradients: wave(2, 1), textGradients: wave(5, 2) },
      { imageGradients: wave(2, 3) },
    ];
    const { SHARED_ARRAY_GRADIENT, SHARED_ARRAY_TASK_GRADIENT } = SharedArray;
    const request = { parameters: openedWeights, runId, step: 7 };
    const alone: Buffer[] = [];
    for (const gradient of gradients) {
      await encode(7);
      await client.backpropagate({ ...request, ...gradient });
      alone.push(Buffer.from((await readGradient()).buffer));
    }
    await encode(7);
    const first = await client.backpropagate({ ...request, ...gradients[0], keepBatch: true });
    const array = SHARED_ARRAY_TASK_GRADIENT;
    const second = await client.backpropagate({ ...request, ...gradients[1], array });
    expect(first.gradient).toMatchObject({ array: SHARED_ARRAY_GRADIENT, version: 0 });
    expect(second.gradient).toMatchObject({ array, version: 0 });
    expect(Buffer.from((await readGradient()).buffer).equals(alone[0]!)).toBe(true);
    expect(Buffer.from((await readGradient('taskGradient')).buffer).equals(alone[1]!)).toBe(true);
    // The last call may be repeated; the one before needs the batch, which is gone.
    expect(await client.backpropagate({ ...request, ...gradients[1], array })).toEqual(second);
    await expect(client.backpropagate({ ...request, ...gradients[0] })).rejects.toMatchObject({
      kind: 'not-retained',
    });
    const weights = SharedArray.SHARED_ARRAY_PARAMETERS;
    await expect(client.backpropagate({ ...request, array: weights })).rejects.toMatchObject({
      violations: [{ field: 'array' }],
    });
  });

  it('gives the halves of an augmented batch gradients whose sum is that of the whole', async () => {
    const { SHARED_ARRAY_TASK_GRADIENT } = SharedArray;
    const samples = [0, 1, 2, 3, 4, 5, 6, 7];
    const data = toMatrix(wave(8, 1), '').data;
    const take = async (
      from: number,
      to: number,
      array: SharedArray = SharedArray.SHARED_ARRAY_GRADIENT,
    ) => {
      const part = samples.slice(from, to);
      const images = { samples: part, augmentedCount: part.length, augmentation };
      const batch = { parameters: openedWeights, runId, step: 9 };
      await client.encode({
        ...{ ...batch, retain: true },
        images: { ...images, augmentationSeed: 5, firstIndex: from },
      });
      const rows = createMatrix(to - from, size, data.slice(from * size, to * size));
      await client.backpropagate({ ...batch, imageGradients: fromMatrix(rows), array });
    };
    await take(0, 8);
    const whole = await readGradient();
    await take(0, 4);
    await take(4, 8, SHARED_ARRAY_TASK_GRADIENT);
    const [first, second] = [await readGradient(), await readGradient('taskGradient')];
    const largest = whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = whole.reduce(
      (most, value, i) => Math.max(most, Math.abs(Math.fround(first[i]! + second[i]!) - value)),
      0,
    );
    // A chunk's products are added to the gradient as they are made: the last bits differ, no more.
    expect(worst).toBeLessThan(1e-6 * largest);
    const sum = { runId, array: 'gradient', plus: ['taskGradient'] } as const;
    const squares = whole.reduce((total, value) => total + value * value, 0);
    expect((await engine.computeSquaredNorm(sum)) / squares).toBeCloseTo(1, 6);
  });

  it('answers gradients of pixels where training was prepared for them', async () => {
    const { model, samples, training } = named('pixels');
    const requests = { model, samples, training: { ...training, pixelGradients: true } };
    await openRun(client, requests);
    const images = { samples: [0, 1, 2, 3, 4] };
    const batch = { parameters: openedWeights, step: 0 };
    const imageGradients = wave(5, 1);
    await client.encode({ ...batch, runId: 'pixels', images, retain: true });
    const request = { ...batch, runId: 'pixels', imageGradients, pixelGradients: true };
    const { pixelGradients, gradient } = await client.backpropagate(request);
    expect(pixelGradients?.shape).toEqual([5, 3, 32, 32]);
    expect(gradient?.array).toBe(SharedArray.SHARED_ARRAY_GRADIENT);
    expect(await client.backpropagate(request)).toEqual({ gradient, pixelGradients });
    await client.unloadModel({ runId: 'pixels' });
    // A model of which nothing trains gives the same, and no other gradient.
    const frozen = { ...requests, model: { ...model, trainable: undefined } };
    await openRun(client, frozen);
    await client.encode({ ...batch, runId: 'pixels', images, retain: true });
    expect(await client.backpropagate(request)).toEqual({ gradient: undefined, pixelGradients });
    await client.unloadModel({ runId: 'pixels' });
    await client.encode({ ...batch, runId, images, retain: true });
    await expect(client.backpropagate({ ...request, runId })).rejects.toMatchObject({
      kind: 'precondition',
    });
    const without = { ...batch, runId, pixelGradients: true };
    await expect(client.backpropagate(without)).rejects.toMatchObject({
      violations: [{ field: 'pixel_gradients' }],
    });
  });
});

describe('UnloadModel', () => {
  it('frees a run, and an unknown one changes nothing', async () => {
    await openRun(client, named('short'));
    await client.unloadModel({ runId: 'short' });
    await client.unloadModel({ runId: 'short' });
    await expect(
      client.encode({ parameters: openedWeights, runId: 'short', step: 0 }),
    ).rejects.toMatchObject({
      kind: 'not-open',
    });
    await expect(engine.readLength({ runId: 'short' })).rejects.toMatchObject({
      kind: 'not-open',
    });
  });
});

it('says which engine it runs on', async () => {
  expect(await client.getInfo({})).toEqual({
    engineId: engine.id,
    executionProvider: ExecutionProvider.EXECUTION_PROVIDER_CPU,
    providerReason: 'the default',
    threads: 1,
    runtimeVersion: '1.30.0',
  });
});
