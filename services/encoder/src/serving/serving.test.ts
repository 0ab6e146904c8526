import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openClipDirectory } from '@holdfast/clip';
import { createEngine, createTensorService, type Engine, type TensorPeers } from '@holdfast/engine';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  type ServingServiceClient,
  ServingServiceDefinition,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import {
  DataType,
  SharedArray,
  TensorServiceDefinition,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRandom } from '@holdfast/random';
import { toMatrix } from '@holdfast/run-kit';
import { fromFloat32, serializeSafetensors } from '@holdfast/safetensors';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEncoderService } from '../create-encoder-service.js';
import { createServing, servingLimits } from '../create-serving.js';
import { createEngineTurns, type EngineTurns } from '../engine-turns.js';
import { holdCalls } from '../hold-calls.js';
import {
  collect,
  createRunFixture,
  modelPath,
  openedWeights,
  type RunFixture,
} from '../test-support/create-run-fixture.js';
import { silentMetrics } from './serving-metrics.js';

const modelUri = pathToFileURL(modelPath).href;
const texts = ['a photo of a stop sign', 'a truck', 'speed limit 80, and a longer caption of it'];
const classes = [
  { name: 'stop', prompts: ['a stop sign', 'a red octagon'] },
  { name: 'truck', prompts: ['a truck'] },
  { name: 'speed', prompts: ['a speed limit'] },
];
let fixture: RunFixture;
let engine: Engine;
let turns: EngineTurns;
let encoder: EncoderServiceClient;
let serving: ServingServiceClient;
let images: { source: { $case: 'data'; value: Buffer } }[];
/** The rows of Encode. */
let expected: { images: Float32Array[]; texts: Float32Array[] };
const onShadow = vi.fn();
const onCosine = vi.fn();
const onDropped = vi.fn();
const onBatch = vi.fn();

function serve(limits = servingLimits) {
  const metrics = { ...silentMetrics, onShadow, onCosine, onDropped, onBatch };
  const { roots } = fixture;
  const { serving: service } = createServing({ engine, turns, roots, metrics, limits });
  return createInProcessClient(ServingServiceDefinition, service);
}

/** Keeps the engine busy until it is set free. */
function holdEngine() {
  let free = () => {};
  const end = new Promise<void>((resolve) => {
    free = resolve;
  });
  return { busy: turns.take('training', () => end), free };
}

const rowsOf = (tensor: Parameters<typeof toMatrix>[0]) => {
  const { rows, columns, data } = toMatrix(tensor, 'embeddings');
  return Array.from({ length: rows }, (_, i) => data.slice(i * columns, (i + 1) * columns));
};

beforeAll(async () => {
  fixture = await createRunFixture(20);
  engine = await createEngine({ threads: 1 });
  turns = createEngineTurns(engine);
  const service = createEncoderService({ engine, turns, roots: fixture.roots });
  encoder = createInProcessClient(EncoderServiceDefinition, service);
  await encoder.loadModel({ runId: 'run', modelUri });
  await collect(encoder.openSamples(fixture.samples));
  const encoded = await encoder.encode({
    ...{ runId: 'run', images: { samples: Array.from({ length: 20 }, (_, i) => i) } },
    parameters: { array: SharedArray.SHARED_ARRAY_REFERENCE, version: 0 },
    texts: { texts },
  });
  expected = { images: rowsOf(encoded.imageEmbeddings), texts: rowsOf(encoded.textEmbeddings) };
  const files = Array.from({ length: 20 }, (_, i) => join(fixture.root, 'images', `${i}.png`));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  images = contents.map((value) => ({ source: { $case: 'data', value } }));
});

afterAll(async () => {
  await engine.close();
  await rm(fixture.root, { recursive: true });
});

beforeEach(async () => {
  vi.clearAllMocks();
  serving = serve();
  await serving.loadModel({ model: 'sign', version: '1', modelUri, classes });
});

describe('Embed', () => {
  it('gives the bits of Encode, for bytes and URIs, words and ids, whatever is in the batch', async () => {
    const uri = pathToFileURL(join(fixture.root, 'images', '3.png')).href;
    const asked = await Promise.all([
      serving.embed({ model: 'sign', images: images.slice(0, 3) }),
      serving.embed({ model: 'sign', images: [{ source: { $case: 'uri', value: uri } }] }),
      ...images.slice(4).map((image) => serving.embed({ model: 'sign', images: [image] })),
      serving.embed({ model: 'sign', texts: { texts } }),
    ]);
    const rows = asked.flatMap(({ imageEmbeddings }) => imageEmbeddings && rowsOf(imageEmbeddings));
    expect(rows.slice(0, 20)).toEqual(expected.images);
    expect(rowsOf(asked.at(-1)!.textEmbeddings)).toEqual(expected.texts);
    expect(asked[0]).toMatchObject({ model: 'sign', version: '1' });
    // The first one went alone, the others together.
    expect(onBatch.mock.calls.length).toBeLessThan(asked.length / 2);
    const alone = await serving.embed({ model: 'sign', images: [images[7]!] });
    expect(rowsOf(alone.imageEmbeddings)).toEqual([expected.images[7]]);
    expect(alone.timings?.computing?.nanos).toBeGreaterThan(0);
  });

  it('takes pixels and ids that the caller made', async () => {
    const tokenIds = [{ ids: [1585, 64, 1586] }, { ids: [1585, 64, 1586, 1586, 1586] }];
    const pixels = new Float32Array(2 * 3 * 32 * 32).map((_, i) => (i % 7) - 3);
    const pixelValues = {
      dataType: 1 as const,
      shape: [2, 3, 32, 32],
      data: Buffer.from(pixels.buffer),
    };
    const answer = await serving.embed({ model: 'sign', tokenIds, pixelValues });
    const [one, two] = rowsOf(answer.textEmbeddings);
    expect(one).toEqual(two);
    const [first, second] = rowsOf(answer.imageEmbeddings);
    expect(first).not.toEqual(second);
    expect(Math.hypot(...first!)).toBeCloseTo(1, 5);
  });

  it('names every field that is wrong', async () => {
    const outside = pathToFileURL('/etc/hostname').href;
    await expect(
      serving.embed({
        model: 'sign',
        images: [{ source: { $case: 'uri', value: outside } }, {}, ...images.slice(0, 1)],
        tokenIds: [{ ids: [1585, 5] }, { ids: [9999] }],
      }),
    ).rejects.toMatchObject({
      kind: 'invalid',
      violations: [
        { field: 'images[0].uri' },
        { field: 'images[1]' },
        { field: 'token_ids[0].ids' },
        { field: 'token_ids[1].ids' },
      ],
    });
    const object = { source: { $case: 'uri' as const, value: 's3://images/1.png' } };
    const objects = {
      kind: 'invalid',
      violations: [{ field: 'images[0].uri', description: expect.stringContaining('as data') }],
    };
    await expect(serving.embed({ model: 'sign', images: [object] })).rejects.toMatchObject(objects);
    await expect(serving.classify({ model: 'sign', images: [object] })).rejects.toMatchObject(
      objects,
    );
    const broken = { source: { $case: 'data' as const, value: Buffer.from('no image') } };
    await expect(
      serving.embed({ model: 'sign', images: [images[0]!, broken] }),
    ).rejects.toMatchObject({ kind: 'invalid', violations: [{ field: 'images[1]' }] });
    await expect(serving.embed({ model: 'sign' })).rejects.toMatchObject({ kind: 'invalid' });
    const pixelValues = { dataType: 1 as const, shape: [1, 3, 16, 16], data: Buffer.alloc(3072) };
    await expect(serving.embed({ model: 'sign', pixelValues })).rejects.toMatchObject({
      violations: [{ field: 'pixel_values.shape' }],
    });
    for (const wrong of [Number.NaN, -Infinity]) {
      const values = new Float32Array(3 * 32 * 32);
      values[3071] = wrong;
      const odd = { ...pixelValues, shape: [1, 3, 32, 32], data: Buffer.from(values.buffer) };
      await expect(serving.embed({ model: 'sign', pixelValues: odd })).rejects.toMatchObject({
        violations: [{ field: 'pixel_values.data' }],
      });
    }
  });

  it('refuses at once what finds no room, says when to come back, and has room again', async () => {
    // Eight images of 17 tokens.
    serving = serve({ ...servingLimits, queueTokensMax: 8 * 17 });
    await serving.loadModel({ model: 'sign', modelUri });
    const first = serving.embed({ model: 'sign', images: images.slice(0, 7) });
    await expect(
      serving.embed({ model: 'sign', images: images.slice(0, 2) }),
    ).rejects.toMatchObject({ kind: 'exhausted', retryAfterMs: expect.any(Number) });
    expect(rowsOf((await first).imageEmbeddings)).toHaveLength(7);
    // Alone, it may be larger than all that may wait.
    const alone = serving.embed({ model: 'sign', images: images.slice(0, 9) });
    await expect(serving.embed({ model: 'sign', texts: { texts } })).rejects.toThrow('as may');
    expect(rowsOf((await alone).imageEmbeddings)).toEqual(expected.images.slice(0, 9));
  });

  it('refuses more bytes of images than may wait', async () => {
    const large = { source: { $case: 'data' as const, value: Buffer.alloc(2 ** 26) } };
    // Looking for the file takes a moment, and then the last one is refused.
    const uri = pathToFileURL(join(fixture.root, 'none.png')).href;
    const file = { source: { $case: 'uri' as const, value: uri } };
    const asked = [1, 2, 3].map(() =>
      serving.embed({ model: 'sign', images: [large, large, file, {}] }),
    );
    const kinds = asked.map((each) => each.catch(({ kind }) => kind));
    expect(await Promise.all(kinds)).toEqual(['invalid', 'invalid', 'exhausted']);
  });

  it('drops what callers who left had waiting', async () => {
    const { busy, free } = holdEngine();
    const leaving = new AbortController();
    const gone = serving.embed({ model: 'sign', images: images.slice(0, 5) }, leaving);
    const staying = serving.embed({ model: 'sign', images: images.slice(5, 7) });
    await vi.waitFor(() => expect(onBatch).not.toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaving.abort();
    await expect(gone).rejects.toMatchObject({ kind: 'cancelled' });
    expect(onDropped).toHaveBeenCalledExactlyOnceWith(5);
    free();
    await busy;
    expect(rowsOf((await staying).imageEmbeddings)).toEqual(expected.images.slice(5, 7));
    expect(onBatch).toHaveBeenCalledExactlyOnceWith({ images: 2, texts: 0 });
  });

  it('cuts a request into batches of a budget', async () => {
    serving = serve({ ...servingLimits, batchTokensMax: 1 });
    await serving.loadModel({ model: 'sign', modelUri });
    const answer = await serving.embed({ model: 'sign', images, texts: { texts } });
    expect(rowsOf(answer.imageEmbeddings)).toEqual(expected.images);
    expect(rowsOf(answer.textEmbeddings)).toEqual(expected.texts);
    expect(onBatch.mock.calls.length).toBeGreaterThan(2);
  });
});

it('answers a stream request by request, and a bad one alone', async () => {
  async function* requests() {
    for (const [i, image] of images.entries()) {
      yield { id: BigInt(i), request: { model: i === 5 ? 'none' : 'sign', images: [image] } };
    }
  }
  const answers = await collect(serving.embedStream(requests()));
  expect(answers).toHaveLength(20);
  for (const { id, result } of answers) {
    if (id === 5n) {
      expect(result).toMatchObject({ $case: 'error', value: { code: 5 } });
    } else if (result?.$case === 'response') {
      expect(rowsOf(result.value.imageEmbeddings)).toEqual([expected.images[Number(id)]]);
    } else expect.unreachable();
  }
});

describe('Classify', () => {
  it('finds the class whose prompts are nearest, with probabilities', async () => {
    const asked = { model: 'sign', images: images.slice(0, 4), top: 3 };
    const { classifications } = await serving.classify(asked);
    const { textEmbeddings } = await serving.embed({
      ...{ model: 'sign', texts: { texts: classes.flatMap(({ prompts }) => prompts) } },
    });
    const [stop, octagon, truck, speed] = rowsOf(textEmbeddings);
    const mean = stop!.map((x, i) => x + octagon![i]!);
    const length = Math.hypot(...mean);
    const rows = { stop: mean.map((x) => x / length), truck: truck!, speed: speed! };
    for (const [i, { scores }] of classifications.entries()) {
      const found = Object.entries(rows)
        .map(([name, row]) => [
          name,
          row.reduce((sum, x, j) => sum + x * expected.images[i]![j]!, 0),
        ])
        .sort(([, a], [, b]) => Number(b) - Number(a));
      expect(scores.map(({ name }) => name)).toEqual(found.map(([name]) => name));
      // Sums of 64 products in float32 and float64.
      for (const [j, { similarity }] of scores.entries()) {
        expect(similarity).toBeCloseTo(Number(found[j]![1]), 5);
      }
      expect(scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    }
    const own = await serving.classify({ ...asked, classes: classes.slice(1, 2) });
    expect(own.classifications[0]!.scores).toMatchObject([{ name: 'truck', probability: 1 }]);
  });

  it('embeds the prompts of a class once', async () => {
    const ask = () => serving.classify({ model: 'sign', images: images.slice(0, 1) });
    await ask();
    expect(onBatch).toHaveBeenCalledWith({ images: 0, texts: 4 });
    onBatch.mockClear();
    await ask();
    expect(onBatch).toHaveBeenCalledExactlyOnceWith({ images: 1, texts: 0 });
  });

  it('takes the images on before it embeds classes, and both at once where it is alone', async () => {
    serving = serve({ ...servingLimits, queueTokensMax: 8 * 17 });
    await serving.loadModel({ model: 'sign', version: '1', modelUri, classes });
    const asked = { model: 'sign', images: images.slice(0, 9) };
    const first = serving.classify(asked);
    await expect(serving.classify(asked)).rejects.toMatchObject({ kind: 'exhausted' });
    expect((await first).classifications).toHaveLength(9);
    expect(onBatch).toHaveBeenCalledWith({ images: 0, texts: 4 });
  });

  it('stops embedding classes when its caller leaves', async () => {
    const { busy, free } = holdEngine();
    const many = Array.from({ length: 6 }, (_, i) => ({
      name: `class ${i}`,
      prompts: Array.from({ length: 100 }, (_, j) => `prompt ${i} ${j}`),
    }));
    const leaving = new AbortController();
    const asked = { model: 'sign', images: images.slice(0, 1), classes: many };
    const gone = serving.classify(asked, leaving).catch(({ kind }) => kind);
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaving.abort();
    free();
    await busy;
    expect(await gone).toBe('cancelled');
    // What goes on would be embedded among these.
    for (const image of images) await serving.embed({ model: 'sign', images: [image] });
    const embedded = onBatch.mock.calls.reduce((sum, [{ texts }]) => sum + texts, 0);
    expect(embedded).toBeLessThanOrEqual(100);
  });

  it('refuses classes that are none', async () => {
    const [image] = images;
    await serving.loadModel({ model: 'bare', modelUri });
    await expect(serving.classify({ model: 'bare', images: [image!] })).rejects.toMatchObject({
      violations: [{ field: 'classes' }],
    });
    const wrong = [
      { name: 'a', prompts: [] },
      { name: 'a', prompts: ['x'] },
    ];
    await expect(
      serving.classify({ model: 'sign', images: [image!], classes: wrong }),
    ).rejects.toMatchObject({
      violations: [{ field: 'classes[0].prompts' }, { field: 'classes[1].name' }],
    });
  });
});

describe('models and aliases', () => {
  it('are loaded once, listed, and freed when their last request is answered', async () => {
    const again = await serving.loadModel({ model: 'sign', version: '1', modelUri, classes });
    expect(again.model).toMatchObject({ embeddingSize: 64, imageSize: 32, contextLength: 16 });
    await expect(
      serving.loadModel({ model: 'sign', version: '1', modelUri }),
    ).rejects.toMatchObject({ kind: 'precondition' });
    const hashed = await serving.loadModel({ model: 'sign', modelUri });
    expect(hashed.model!.version).toBe(hashed.model!.modelSha256.slice(0, 12));
    const { models } = await serving.listModels({});
    expect(models.map(({ version }) => version)).toEqual(['1', hashed.model!.version]);
    const last = serving.embed({ model: 'sign', version: '1', images: images.slice(0, 2) });
    const unloading = serving.unloadModel({ model: 'sign', version: '1' });
    expect(rowsOf((await last).imageEmbeddings)).toEqual(expected.images.slice(0, 2));
    await unloading;
    await expect(serving.embed({ model: 'sign', version: '1' })).rejects.toMatchObject({
      kind: 'not-found',
    });
    await serving.unloadModel({ model: 'sign' });
    await serving.unloadModel({ model: 'sign' });
    expect((await serving.listModels({})).models).toEqual([]);
  });

  it('move at once, and hold what they name', async () => {
    await serving.loadModel({ model: 'sign', version: '2', modelUri });
    const point = (version: string) =>
      serving.setAlias({ alias: { alias: 'champion', model: 'sign', version } });
    await point('1');
    const ask = async () =>
      (await serving.embed({ model: 'champion', images: images.slice(0, 1) })).version;
    expect(await ask()).toBe('1');
    const before = ask();
    await point('2');
    expect([await before, await ask()]).toEqual(['1', '2']);
    await expect(serving.unloadModel({ model: 'sign' })).rejects.toMatchObject({
      kind: 'precondition',
    });
    await serving.unloadModel({ model: 'sign', version: '1' });
    await expect(point('1')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(
      serving.setAlias({ alias: { alias: 'sign', model: 'sign', version: '2' } }),
    ).rejects.toMatchObject({ kind: 'precondition' });
    await serving.deleteAlias({ alias: 'champion' });
    await expect(ask()).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('are other versions where a folder holds other weights than it did', async () => {
    const folder = join(fixture.root, 'overwritten');
    await cp(modelPath, folder, { recursive: true });
    const uri = pathToFileURL(folder).href;
    const load = async () => (await serving.loadModel({ model: 'moving', modelUri: uri })).model!;
    const first = await load();
    expect(await load()).toEqual(first);
    await cp(await writeOpposite(), folder, { recursive: true });
    const second = await load();
    expect(second.version).not.toBe(first.version);
    const asked = { model: 'moving', images: images.slice(0, 1) };
    const [row] = rowsOf((await serving.embed(asked)).imageEmbeddings);
    expect(row).toEqual(expected.images[0]!.map((x) => -x));
    const { version } = first;
    expect(rowsOf((await serving.embed({ ...asked, version })).imageEmbeddings)).toEqual(
      expected.images.slice(0, 1),
    );
  });

  it.each<[string, (json: string) => string]>([
    ['config.json', (json) => json.replaceAll('quick_gelu', 'gelu')],
    ['preprocessor_config.json', (json) => json.replace('0.26862', '0.36862')],
    ['tokenizer.json', (json) => json.replace('"Lowercase"', '"NFC"')],
  ])(
    'are refused where a folder holds another %s beside the same weights',
    async (name, change) => {
      const folder = join(fixture.root, `changed ${name}`);
      await cp(modelPath, folder, { recursive: true });
      const asked = { model: 'changing', modelUri: pathToFileURL(folder).href };
      const { model } = await serving.loadModel(asked);
      const before = await readFile(join(folder, name), 'utf8');
      expect(change(before)).not.toBe(before);
      await writeFile(join(folder, name), change(before));
      await expect(serving.loadModel(asked)).rejects.toMatchObject({
        kind: 'precondition',
        message: expect.stringContaining(`version '${model!.version}'`),
      });
      await serving.loadModel({ ...asked, version: 'other' });
      await serving.unloadModel({ model: 'changing' });
      await serving.loadModel(asked);
    },
  );

  it('ask a shadow for their share of requests, and count where it answers otherwise', async () => {
    const opposite = pathToFileURL(await writeOpposite()).href;
    await serving.loadModel({ model: 'other', version: '2', modelUri: opposite });
    await serving.loadModel({ model: 'same', version: '2', modelUri });
    for (const model of ['other', 'same']) {
      onShadow.mockClear();
      const shadow = { model, version: '2', share: 0.5 };
      await serving.setAlias({ alias: { alias: 'champion', model: 'sign', version: '1', shadow } });
      for (let i = 0; i < 4; i += 1) {
        const asked = { model: 'champion', images: images.slice(0, 3) };
        expect((await serving.classify(asked)).model).toBe('sign');
      }
      // Of two requests, of three images each, twice a number that agreed and one that did not.
      await vi.waitFor(() => expect(onShadow).toHaveBeenCalledTimes(4));
      const count = (outcome: string) =>
        onShadow.mock.calls.reduce((sum, [, what, n]) => sum + (what === outcome ? n : 0), 0);
      const disagreed = model === 'other' ? 6 : 0;
      expect([count('agreed'), count('disagreed')]).toEqual([6 - disagreed, disagreed]);
      expect(onShadow.mock.calls.every(([alias]) => alias === 'champion')).toBe(true);
    }
  });

  it('have their shadow embed, too, and say how near its embeddings are', async () => {
    const opposite = pathToFileURL(await writeOpposite()).href;
    await serving.loadModel({ model: 'other', version: '2', modelUri: opposite });
    const shadow = { model: 'other', version: '2' };
    await serving.setAlias({ alias: { alias: 'champion', model: 'sign', version: '1', shadow } });
    const asked = { model: 'champion', images: images.slice(0, 2), texts: { texts } };
    const answer = await serving.embed(asked);
    expect(rowsOf(answer.imageEmbeddings)).toEqual(expected.images.slice(0, 2));
    await vi.waitFor(() => expect(onCosine).toHaveBeenCalledTimes(5));
    for (const [alias, kind, cosine] of onCosine.mock.calls) {
      expect(alias).toBe('champion');
      expect(cosine).toBeCloseTo(kind === 'image' ? -1 : 1, 5);
    }
    expect(onShadow).not.toHaveBeenCalled();
  });
});

it('leaves the bits of training as they are, which goes first', async () => {
  const runId = 'training';
  await encoder.loadModel({ ...fixture.model, runId });
  await collect(encoder.openSamples({ ...fixture.samples, runId }));
  await collect(encoder.prepareTraining({ runId }));
  const takeStep = async (step: number) => {
    const images = { samples: [step, step + 1, step + 2] };
    const batch = { runId, step, parameters: openedWeights };
    const { imageEmbeddings } = await encoder.encode({ ...batch, images, retain: true });
    await encoder.backpropagate({ ...batch, imageGradients: imageEmbeddings });
    const count = await engine.readLength({ runId });
    return engine.readArray({ runId, array: 'gradient', offset: 0, count });
  };
  const steps = [0, 1, 2, 3];
  const alone: Float32Array[] = [];
  for (const step of steps) alone.push(await takeStep(step));
  onBatch.mockClear();
  let training = true;
  const callers = images.map(async (image) => {
    while (training) await serving.embed({ model: 'sign', images: [image] });
  });
  const beside: Float32Array[] = [];
  for (const step of steps) beside.push(await takeStep(step));
  training = false;
  await Promise.all(callers);
  expect(onBatch.mock.calls.length).toBeGreaterThan(steps.length);
  for (const step of steps) expect(beside[step]!.every((x, i) => x === alone[step]![i])).toBe(true);
  await encoder.unloadModel({ runId });
});

it('lets an array of many pieces be fetched among callers that leave no gap', async () => {
  // An image a batch: the next ones wait already.
  serving = serve({ ...servingLimits, batchTokensMax: 1 });
  await serving.loadModel({ model: 'sign', modelUri });
  const runId = 'fetching';
  await encoder.loadModel({ ...fixture.model, runId });
  const { length, sha256: layoutSha256 } = await engine.describeLayout({ runId });
  const pieces = 200;
  const size = Math.ceil(length / pieces);
  async function* read() {
    for (let offset = 0; offset < length; offset += size) {
      const data = Buffer.alloc(4 * Math.min(size, length - offset));
      const dataType = DataType.DATA_TYPE_FLOAT32;
      const offsetElements = BigInt(offset);
      yield { chunk: { reference: undefined, layoutSha256, dataType, offsetElements, data } };
    }
  }
  const peer = { read } as unknown as ReturnType<TensorPeers['connect']>;
  const peers: TensorPeers = { address: () => '', connect: () => peer };
  const service = holdCalls(createTensorService(engine, peers), turns);
  const tensors = createInProcessClient(TensorServiceDefinition, service);
  let fetching = true;
  const callers = images.map(async (image) => {
    while (fetching) await serving.embed({ model: 'sign', images: [image] });
  });
  await vi.waitFor(() => expect(onBatch).toHaveBeenCalled());
  onBatch.mockClear();
  const array = SharedArray.SHARED_ARRAY_PARAMETERS;
  const source = { engineId: 'other', runId, array, version: 1, address: 'there:1' };
  await tensors.fetch({ source, dataType: DataType.DATA_TYPE_FLOAT32 });
  // The one that was under way.
  expect(onBatch.mock.calls.length).toBeLessThanOrEqual(2);
  await vi.waitFor(() => expect(onBatch.mock.calls.length).toBeGreaterThan(3));
  fetching = false;
  await Promise.all(callers);
  await encoder.unloadModel({ runId });
});

/** The model with every image's embedding turned to its opposite: what was nearest is farthest. */
async function writeOpposite(): Promise<string> {
  const folder = join(fixture.root, 'opposite');
  await cp(modelPath, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const file = await readFile(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, start));
  const [from, to] = header['visual_projection.weight'].data_offsets;
  for (let at = start + from; at < start + to; at += 4) {
    file.writeFloatLE(-file.readFloatLE(at), at);
  }
  await writeFile(path, file);
  return folder;
}

it('folds the head of a class in', async () => {
  const folder = join(fixture.root, 'headed');
  await cp(modelPath, folder, { recursive: true });
  const noise = (shape: number[], seed: number) => {
    const random = createRandom(seed);
    const size = shape.reduce((product, extent) => product * extent, 1);
    const values = Float32Array.from({ length: size }, () => random.normal());
    return { dtype: 'F32' as const, shape, data: fromFloat32('F32', values) };
  };
  const { width } = (await openClipDirectory(modelPath)).config.text;
  const heads = new Map([
    ['heads.A', noise([2, width, 3], 1)],
    ['heads.B', noise([2, 3, 64], 2)],
  ]);
  const metadata = new Map([['holdfast.heads', '["none","truck"]']]);
  await writeFile(join(folder, 'heads.safetensors'), serializeSafetensors(heads, metadata));
  const headedUri = pathToFileURL(folder).href;
  await serving.loadModel({ model: 'headed', modelUri: headedUri, classes });
  const prompts = classes.map((each) => each.prompts[0]!);
  const embed = async (own: number[]) => {
    const asked = { texts: prompts, heads: own };
    return rowsOf((await serving.embed({ model: 'headed', texts: asked })).textEmbeddings);
  };
  const [plain, folded] = [await embed([]), await embed([-1, 1, -1])];
  expect(folded[1]).not.toEqual(plain[1]);
  const { classifications } = await serving.classify({
    ...{ model: 'headed', images: images.slice(0, 1), top: 3 },
  });
  const { similarity } = classifications[0]!.scores.find(({ name }) => name === 'truck')!;
  const cosine = folded[1]!.reduce((sum, x, j) => sum + x * expected.images[0]![j]!, 0);
  expect(similarity).toBeCloseTo(cosine, 5);
});
