import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createEngine, type Engine } from '@holdfast/engine';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { DataType, GRPCInferenceServiceDefinition } from '@holdfast/proto/inference/inference';
import {
  createRemoteClient,
  type Logger,
  Registry,
  type RunningServer,
  startServer,
} from '@holdfast/service-kit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEngineTurns, type EngineTurns } from '../engine-turns.js';
import { createImagePool } from '../images/create-image-pool.js';
import { startServing } from '../start-serving.js';
import {
  createRunFixture,
  modelPath,
  type RunFixture,
} from '../test-support/create-run-fixture.js';

/** An image of the fixture's model has 17 patches and tokens: eight find room. */
const queueTokensMax = 8 * 17;

let fixture: RunFixture;
let engine: Engine;
let turns: EngineTurns;
let server: RunningServer;
let serving: ReturnType<typeof createRemoteClient<typeof ServingServiceDefinition>>;
let inference: ReturnType<typeof createRemoteClient<typeof GRPCInferenceServiceDefinition>>;
let image: { source: { $case: 'data'; value: Buffer } };
const registry = new Registry();
const logError = vi.fn();
const logger = { info() {}, error: logError } as unknown as Logger;

const read = async (name: string) =>
  (await registry.getMetricsAsJSON()).find((each) => each.name === name)!;
/** The value of a metric that has the given labels. */
async function readMetric(name: string, labels: Record<string, string> = {}): Promise<number> {
  const { values } = (await read(name)) as unknown as {
    values: { labels: Record<string, string>; value: number }[];
  };
  const own = values.filter((each) =>
    Object.entries(labels).every(([key, value]) => each.labels[key] === value),
  );
  return own.reduce((sum, { value }) => sum + value, 0);
}

const waiting = () => readMetric('holdfast_serving_waiting_tokens');

beforeAll(async () => {
  fixture = await createRunFixture(1);
  engine = await createEngine({ threads: 1 });
  turns = createEngineTurns(engine);
  const imagePool = createImagePool(0);
  const parts = { engine, turns, imagePool, roots: fixture.roots, dependencies: [] };
  const settings = { models: [`sign@1=${modelPath}`], batchTokensMax: 17, queueTokensMax };
  const services = await startServing(settings, parts, { registry, logger });
  server = await startServer({ services, registry, logger });
  const at = { address: server.address, attemptsMax: 1 };
  serving = createRemoteClient(ServingServiceDefinition, at);
  inference = createRemoteClient(GRPCInferenceServiceDefinition, at);
  const value = await readFile(join(fixture.root, 'images/0.png'));
  image = { source: { $case: 'data', value } };
});

afterAll(async () => {
  serving.close();
  inference.close();
  await server.close();
  await engine.close();
  await rm(fixture.root, { recursive: true });
});

async function* list<Item>(...items: Item[]) {
  yield* items;
}

/** Keeps the engine busy until it is set free. */
function holdEngine() {
  let free = () => {};
  const end = new Promise<void>((resolve) => {
    free = resolve;
  });
  void turns.take('training', () => end);
  return free;
}

it('drops what callers had waiting who left, or whose time was over', async () => {
  const free = holdEngine();
  const dropped = () => readMetric('holdfast_serving_dropped_rows_total');
  const asked = { model: 'sign', images: [image, image] };
  const leaving = new AbortController();
  const left = serving.client.embed(asked, { signal: leaving.signal }).catch(({ kind }) => kind);
  await vi.waitFor(async () => expect(await waiting()).toBe(34));
  leaving.abort();
  expect(await left).toBe('cancelled');
  await vi.waitFor(async () => expect(await dropped()).toBe(2));
  const { address } = server;
  const hurried = createRemoteClient(ServingServiceDefinition, { address, deadlineMs: 3000 });
  expect(await hurried.client.embed(asked).catch(({ kind }) => kind)).toBe('unavailable');
  hurried.close();
  await vi.waitFor(async () => expect(await dropped()).toBe(4));
  expect(await waiting()).toBe(0);
  free();
});

it('reads no request when there is room for none, and says when to come back', async () => {
  const received = () => readMetric('grpc_server_msg_received_total', { grpc_method: 'Embed' });
  const refusedAs = { grpc_method: 'Embed', grpc_code: 'ResourceExhausted' };
  const free = holdEngine();
  const full = serving.client.embed({ model: 'sign', images: Array(8).fill(image) });
  await vi.waitFor(async () => expect(await waiting()).toBe(queueTokensMax));
  const [before, refused] = [
    await received(),
    await readMetric('grpc_server_handled_total', refusedAs),
  ];
  const ask = () => serving.client.embed({ model: 'sign', images: [image] });
  for (let i = 0; i < 3; i += 1) {
    await expect(ask()).rejects.toMatchObject({
      kind: 'exhausted',
      retryAfterMs: expect.any(Number),
    });
  }
  // The first one was read and found no room.
  expect(await received()).toBe(before + 1);
  expect(await readMetric('grpc_server_handled_total', refusedAs)).toBe(refused + 3);
  // A stream that comes now is one, whose requests would all be read.
  const streams = [
    serving.client.embedStream(list({ request: { model: 'sign', images: [image] } })),
    inference.client.modelStreamInfer(list({ modelName: 'sign' })),
  ];
  for (const stream of streams) {
    const answers = async () => {
      for await (const answer of stream) expect.unreachable(JSON.stringify(answer));
    };
    await expect(answers()).rejects.toMatchObject({ kind: 'exhausted' });
  }
  const ofStreams = { grpc_type: 'bidi_stream' };
  expect(await readMetric('grpc_server_msg_received_total', ofStreams)).toBe(0);
  // What needs no room is answered.
  expect((await serving.client.listModels({})).models).toHaveLength(1);
  free();
  await full;
  expect((await ask()).imageEmbeddings?.shape).toEqual([1, 64]);
});

it('logs, counts and cuts what fails within a stream as what fails alone', async () => {
  const failure = new Error('long '.repeat(1000));
  vi.spyOn(engine, 'encode').mockRejectedValue(failure);
  const texts = { texts: ['a stop sign'] };
  const messages: string[] = [];
  for await (const { result } of serving.client.embedStream(
    list({ request: { model: 'sign', texts } }, { request: { model: 'none', texts } }),
  )) {
    if (result?.$case === 'error' && result.value.code === 13) messages.push(result.value.message);
  }
  const inputs = [{ name: 'texts', datatype: 'BYTES', shape: [1n] }];
  const contents = { bytesContents: [Buffer.from('a stop sign')] };
  const request = { modelName: 'sign', inputs: inputs.map((each) => ({ ...each, contents })) };
  for await (const { errorMessage } of inference.client.modelStreamInfer(list(request))) {
    messages.push(errorMessage);
  }
  const alone = await serving.client
    .embed({ model: 'sign', texts })
    .catch(({ message }: Error) => message);
  vi.mocked(engine.encode).mockRestore();
  const methods = ['EmbedStream', 'ModelStreamInfer', 'Embed'];
  expect(logError.mock.calls).toEqual(
    methods.map((method) => [
      { event: 'call.failed', path: expect.stringContaining(`/${method}`), err: failure },
    ]),
  );
  for (const [i, message] of [...messages, alone].entries()) {
    expect(message).toMatch(new RegExp(`^/.*/${methods[i]} failed: long .*\\.\\.\\.$`));
    expect(encodeURI(String(message)).length).toBeLessThanOrEqual(2048);
  }
  const failed = (grpc_code: string) =>
    readMetric('holdfast_stream_requests_failed_total', { grpc_code });
  expect([await failed('Internal'), await failed('NotFound')]).toEqual([2, 1]);
});

it('skips the shadow of a request for which callers leave no room, and refuses none of them for it', async () => {
  const classes = ['stop', 'yield'].map((name) => ({ name, prompts: [`a ${name} sign.`] }));
  await serving.client.classify({ model: 'sign', images: [image], classes });
  await serving.client.loadModel({ model: 'sign', version: '2', modelUri: fixture.model.modelUri });
  const shadow = { model: 'sign', version: '2' };
  await serving.client.setAlias({ alias: { alias: 'champion', ...shadow, version: '1', shadow } });
  const count = (outcome: string) => readMetric('holdfast_shadow_images_total', { outcome });
  const free = holdEngine();
  const asked = serving.client.classify({ model: 'champion', images: [image], classes });
  await vi.waitFor(async () => expect(await waiting()).toBe(17));
  // Of another version: in a batch of its own, so that it still waits when the first is answered.
  const other = serving.client.embed({ model: 'sign', version: '2', images: Array(4).fill(image) });
  await vi.waitFor(async () => expect(await waiting()).toBe(5 * 17));
  free();
  await Promise.all([asked, other]);
  await vi.waitFor(async () => expect(await count('skipped')).toBe(1));
  expect(await count('agreed')).toBe(0);
  await serving.client.classify({ model: 'champion', images: [image], classes });
  await vi.waitFor(async () => expect(await count('agreed')).toBe(1));
  await serving.client.deleteAlias({ alias: 'champion' });
  await serving.client.unloadModel({ model: 'sign', version: '2' });
});

it('drops a shadow that waits when a caller needs its room', async () => {
  await serving.client.loadModel({ model: 'sign', version: '2', modelUri: fixture.model.modelUri });
  const shadow = { model: 'sign', version: '2' };
  await serving.client.setAlias({ alias: { alias: 'champion', ...shadow, version: '1', shadow } });
  const read = () =>
    Promise.all([
      readMetric('holdfast_shadow_images_total', { outcome: 'skipped' }),
      readMetric('holdfast_shadow_images_total', { outcome: 'failed' }),
      readMetric('holdfast_serving_dropped_rows_total'),
    ]);
  const [skipped, ...others] = await read();
  const { encode } = engine;
  let free = () => {};
  // The engine is busy again as soon as the caller's batch is computed.
  const encoding = vi.spyOn(engine, 'encode').mockImplementationOnce((request) => {
    free = holdEngine();
    return encode(request);
  });
  await serving.client.embed({ model: 'champion', images: [image] });
  encoding.mockRestore();
  await vi.waitFor(async () => expect(await waiting()).toBe(17));
  const asked = { model: 'sign', version: '1', images: Array(8).fill(image) };
  const full = serving.client.embed(asked);
  await vi.waitFor(async () => expect(await read()).toEqual([skipped! + 1, ...others]));
  expect(await waiting()).toBe(queueTokensMax);
  free();
  expect((await full).imageEmbeddings?.shape).toEqual([8, 64]);
  await serving.client.deleteAlias({ alias: 'champion' });
  await serving.client.unloadModel({ model: 'sign', version: '2' });
});

it('says what a model has done and how it is set up, as clients of Triton ask', async () => {
  const { client } = inference;
  const ask = async () => (await client.modelStatistics({ name: 'sign', version: '1' })).modelStats;
  const [before] = await ask();
  await serving.client.embed({ model: 'sign', images: [image, image] });
  await serving.client.embed({ model: 'sign', images: [{}] }).catch(() => {});
  const [after, ...others] = await ask();
  expect(others).toEqual([]);
  expect(after).toMatchObject({ name: 'sign', version: '1' });
  expect(after!.inferenceCount - before!.inferenceCount).toBe(2n);
  expect(after!.executionCount).toBeGreaterThan(before!.executionCount);
  expect(after!.lastInference).toBeGreaterThan(0n);
  const [was, is] = [before!.inferenceStats!, after!.inferenceStats!];
  expect(is.success!.count - was.success!.count).toBe(1n);
  expect(is.fail!.count - was.fail!.count).toBe(1n);
  expect(is.computeInfer!.ns).toBeGreaterThan(was.computeInfer!.ns);
  expect((await client.modelStatistics({})).modelStats).toHaveLength(1);
  await expect(client.modelStatistics({ name: 'none' })).rejects.toMatchObject({
    kind: 'not-found',
  });
  const { config } = await client.modelConfig({ name: 'sign' });
  expect(config).toMatchObject({ name: 'sign', platform: 'holdfast_clip', maxBatchSize: 0 });
  const pixels = config!.input.find(({ name }) => name === 'pixel_values');
  expect(pixels).toMatchObject({ dataType: DataType.TYPE_FP32, dims: [-1n, 3n, 32n, 32n] });
  expect(config!.output.map(({ name }) => name)).toEqual(['image_embeds', 'text_embeds']);
});

it('is live and ready for as long as the engine is', async () => {
  const ask = async () => ({
    ...(await inference.client.serverLive({})),
    ...(await inference.client.serverReady({})),
    model: (await inference.client.modelReady({ name: 'sign' })).ready,
  });
  expect(await ask()).toEqual({ live: true, ready: true, model: true });
  await engine.close();
  expect(await ask()).toEqual({ live: false, ready: false, model: false });
});
