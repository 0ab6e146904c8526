import { rm } from 'node:fs/promises';
import { createLocalEngine, createTensorService, type Engine } from '@holdfast/engine';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  DataType,
  SharedArray,
  type TensorChunk,
  TensorServiceDefinition,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import {
  createInProcessClient,
  createRemoteClient,
  defineService,
  type RunningServer,
  startServer,
} from '@holdfast/service-kit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import { holdCalls } from './hold-calls.js';
import {
  createRunFixture,
  openedWeights,
  openRun,
  type RunFixture,
} from './test-support/create-run-fixture.js';

const runId = 'run';
let fixture: RunFixture;
let engine: Engine;
let server: RunningServer;
let remote: ReturnType<typeof createRemoteClient<typeof EncoderServiceDefinition>>;
let client: EncoderServiceClient;
let local: EncoderServiceClient;
/** Calls that hold callers back. */
const held = new Set<symbol>();
const hold = () => {
  const own = Symbol();
  held.add(own);
  return () => void held.delete(own);
};

beforeAll(async () => {
  fixture = await createRunFixture(6);
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createEncoderService({ engine, roots: fixture.roots });
  server = await startServer({
    services: [
      defineService(EncoderServiceDefinition, service),
      defineService(TensorServiceDefinition, holdCalls(createTensorService(engine), { hold })),
    ],
  });
  remote = createRemoteClient(EncoderServiceDefinition, { address: server.address });
  client = remote.client;
  local = createInProcessClient(EncoderServiceDefinition, service);
});

afterAll(async () => {
  remote.close();
  await server.close();
  await rm(fixture.root, { recursive: true });
});

it('answers over the network what it answers in the process', async () => {
  const opened = await openRun(client, fixture);
  expect(opened.loaded.embeddingSize).toBe(64);
  expect(opened.samples.at(-1)?.opened).toEqual({ badImages: [] });
  const request = {
    parameters: openedWeights,
    runId,
    step: 0,
    images: { samples: [0, 1, 2, 3, 4] },
    retain: true,
    texts: { texts: ['a sign'] },
  };
  const there = await client.encode(request);
  const here = await local.encode(request);
  expect(toMatrix(there.imageEmbeddings, '')).toEqual(toMatrix(here.imageEmbeddings, ''));
  const { gradient } = await client.backpropagate({
    parameters: openedWeights,
    runId,
    step: 0,
    imageGradients: there.imageEmbeddings,
    textGradients: there.textEmbeddings,
  });
  expect(gradient).toMatchObject({ engineId: engine.id, array: SharedArray.SHARED_ARRAY_GRADIENT });
});

it('moves a parameter-sized array out and in again', async () => {
  const tensors = createRemoteClient(TensorServiceDefinition, { address: server.address });
  const { client: arrays } = tensors;
  const array = SharedArray.SHARED_ARRAY_GRADIENT;
  const reference = { engineId: engine.id, runId, array, version: 0 };
  const chunks: TensorChunk[] = [];
  const request = { reference, dataType: DataType.DATA_TYPE_FLOAT32 };
  for await (const { chunk } of arrays.read(request)) chunks.push(chunk!);
  const target = { ...reference, array: SharedArray.SHARED_ARRAY_EVALUATION };
  async function* upload() {
    for (const chunk of chunks) yield { chunk: { ...chunk, reference: target } };
  }
  const written = await arrays.write(upload());
  expect(written.reference).toMatchObject(target);
  const read = async (name: 'gradient' | 'evaluation') => {
    const count = await engine.readLength({ runId });
    return Buffer.from((await engine.readArray({ runId, array: name, offset: 0, count })).buffer);
  };
  expect((await read('evaluation')).equals(await read('gradient'))).toBe(true);
  expect((await arrays.describe({ runId })).elementCount).toBe(
    BigInt(await engine.readLength({ runId })),
  );
  tensors.close();
});

it('holds callers back no more when who sends an array leaves', async () => {
  const tensors = createRemoteClient(TensorServiceDefinition, { address: server.address });
  const leaving = new AbortController();
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  // biome-ignore lint/correctness/useYield: it sends nothing.
  async function* silent() {
    await ended;
  }
  const left = tensors.client.write(silent(), { signal: leaving.signal }).catch(({ kind }) => kind);
  await vi.waitFor(() => expect(held.size).toBe(1));
  leaving.abort();
  await vi.waitFor(() => expect(held.size).toBe(0));
  end();
  expect(await left).toBe('cancelled');
  tensors.close();
});

it('passes what is wrong with a request through, field by field', async () => {
  await expect(
    client.encode({ parameters: openedWeights, runId, step: 0, images: { samples: [77] } }),
  ).rejects.toMatchObject({
    kind: 'invalid',
    violations: [{ field: 'images.samples[0]' }],
  });
});
