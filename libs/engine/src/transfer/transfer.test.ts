import {
  AccumulateRequest,
  DataType,
  ReadRequest,
  type ReadResponse,
  SharedArray,
  type TensorChunk,
  type TensorReference,
  type TensorServiceImplementation,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { catchFault } from '@holdfast/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { drawImages, openFixture, runId } from '../test-support/small-engine.js';
import { resolveReference } from './array-reference.js';
import { carriedTensorService } from './carry-pieces.js';
import { createTensorService } from './create-tensor-service.js';
import { streamArray } from './stream-array.js';

const { DATA_TYPE_FLOAT32, DATA_TYPE_FLOAT64, DATA_TYPE_BFLOAT16 } = DataType;
const { SHARED_ARRAY_EVALUATION, SHARED_ARRAY_GRADIENT, SHARED_ARRAY_PARAMETERS } = SharedArray;
/** Handlers here do not look at their call's context. */
const context = undefined as never;

let engine: Engine;
let service: TensorServiceImplementation;
let reference: TensorReference;
let layoutSha256: string;

beforeAll(async () => {
  engine = await openFixture();
  service = createTensorService(engine);
  reference = {
    engineId: engine.id,
    runId,
    array: SHARED_ARRAY_EVALUATION,
    version: 0,
    address: '',
  };
  layoutSha256 = (await engine.describeLayout({ runId })).sha256;
});

async function* toStream<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield item;
}

function chunk(offset: number, bytes: number, changes: Partial<TensorChunk> = {}): TensorChunk {
  return {
    reference,
    layoutSha256,
    dataType: DATA_TYPE_FLOAT32,
    offsetElements: BigInt(offset),
    data: Buffer.alloc(bytes),
    ...changes,
  };
}

const write = (chunks: readonly TensorChunk[], to = service) =>
  to.write(toStream(chunks.map((piece) => ({ chunk: piece }))), context);

async function read(array: SharedArray, dataType: DataType = DATA_TYPE_FLOAT32) {
  const chunks: TensorChunk[] = [];
  const request = ReadRequest.fromPartial({ reference: { ...reference, array }, dataType });
  for await (const { chunk: piece } of service.read(request, context)) {
    chunks.push(piece as TensorChunk);
  }
  return chunks;
}

const readArray = async (array: ArrayName, from = engine) =>
  from.readArray({ runId, array, offset: 0, count: await from.readLength({ runId }) });
const bitsOf = ({ buffer }: Float32Array) => Buffer.from(buffer as ArrayBuffer);

describe('an array between engines', () => {
  it('arrives with the same bits', async () => {
    const other = await openFixture();
    await other.zeroArray({ runId, array: 'parameters' });
    const chunks = await read(SHARED_ARRAY_PARAMETERS);
    expect(Math.max(...chunks.map(({ data }) => data.byteLength))).toBe(2 ** 18);
    const there = { ...reference, engineId: other.id, array: SHARED_ARRAY_PARAMETERS };
    const moved = chunks.map((piece) => ({ ...piece, reference: there }));
    // As an engine in a thread of its own, this one takes what it is given away.
    const writeArray: Engine['writeArray'] = (request) =>
      other.writeArray(
        structuredClone(request, { transfer: [request.data.buffer as ArrayBuffer] }),
      );
    const written = await write(moved, createTensorService({ ...other, writeArray }));
    expect(written.reference).toEqual(there);
    const bits = bitsOf(await readArray('parameters', other));
    expect(bits.equals(bitsOf(await readArray('parameters')))).toBe(true);
  });

  it('arrives through messages, whose memory is used again, by Read and by Write', async () => {
    const other = await openFixture();
    await other.zeroArray({ runId, array: 'parameters' });
    const { read: reads, write: writes } = carriedTensorService.methods;
    const request = { reference: { ...reference, array: SHARED_ARRAY_PARAMETERS } };
    const there = { ...request.reference, engineId: other.id };
    async function* carry() {
      // A stream holds pieces until they are sent.
      const waiting: ReadResponse[] = [];
      const send = () => {
        const message = reads.responseType.encode(waiting.shift()!).finish();
        const { chunk: piece } = reads.responseType.decode(Buffer.from(message));
        const sent = writes.requestType.encode({ chunk: { ...piece!, reference: there } });
        return writes.requestType.decode(Buffer.from(sent.finish()));
      };
      const all = { ...request, dataType: DATA_TYPE_FLOAT32 };
      for await (const response of service.read(ReadRequest.fromPartial(all), context)) {
        waiting.push(response as ReadResponse);
        if (waiting.length > 2) yield send();
      }
      while (waiting.length > 0) yield send();
    }
    const engineThread: Engine = {
      ...other,
      writeArray: (given) =>
        other.writeArray(structuredClone(given, { transfer: [given.data.buffer as ArrayBuffer] })),
    };
    await createTensorService(engineThread).write(carry(), context);
    const bits = bitsOf(await readArray('parameters', other));
    expect(bits.equals(bitsOf(await readArray('parameters')))).toBe(true);
  });

  it('travels as bfloat16 where that is asked for, in half the bytes', async () => {
    const chunks = await read(SHARED_ARRAY_PARAMETERS, DATA_TYPE_BFLOAT16);
    const bytes = chunks.reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(bytes).toBe(2 * (await engine.readLength({ runId })));
    await write(chunks.map((piece) => ({ ...piece, reference })));
    const parameters = await readArray('parameters');
    const rounded = await readArray('evaluation');
    // Half an ulp of 8 significant bits.
    const worst = rounded.findIndex((value, i) => {
      const exact = parameters[i]!;
      return Math.abs(value - exact) > Math.abs(exact) * 2 ** -8;
    });
    expect(worst).toBe(-1);
    expect(bitsOf(rounded).equals(bitsOf(parameters))).toBe(false);
  });

  it('is not sent on if it is written meanwhile', async () => {
    const request = { reference, dataType: DATA_TYPE_FLOAT32 };
    await engine.copyArray({ runId, from: 'parameters', to: 'evaluation' });
    const stream = service.read(request, context)[Symbol.asyncIterator]();
    await stream.next();
    await engine.zeroArray({ runId, array: 'evaluation' });
    // One piece more had been read.
    await stream.next();
    await expect(stream.next()).rejects.toMatchObject({ kind: 'aborted' });
  });

  it.each([
    ['starts late', () => [chunk(4, 4)], 'offset_elements'],
    ['is too large', () => [chunk(0, 2 ** 20 + 4)], 'data'],
    ['is no number of floats', () => [chunk(0, 3)], 'data'],
    ['is not whole', () => [chunk(0, 8)], ''],
    ['is not there', () => [], ''],
    ['has no layout', () => [chunk(0, 4, { layoutSha256: '' })], 'layout_sha256'],
    ['has float64', () => [chunk(0, 8, { dataType: DATA_TYPE_FLOAT64 })], 'data_type'],
    [
      'changes its type',
      () => [chunk(0, 4), chunk(1, 4, { dataType: DATA_TYPE_BFLOAT16 })],
      'data_type',
    ],
  ])('is refused if it %s', async (_, make, field) => {
    const before = await engine.readVersion({ runId, array: 'evaluation' });
    await expect(write(make())).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: field === '' ? 'chunk' : `chunk.${field}` }],
    });
    expect(await engine.readVersion({ runId, array: 'evaluation' })).toEqual(before);
  });

  it('is refused if it is longer than the run, or the reference model', async () => {
    const length = await engine.readLength({ runId });
    const pieces: TensorChunk[] = [];
    for (let offset = 0; offset <= length; offset += 2 ** 18) pieces.push(chunk(offset, 2 ** 20));
    await expect(write(pieces)).rejects.toThrow(`has ${length} elements`);
    const model = { ...reference, array: SharedArray.SHARED_ARRAY_REFERENCE };
    await expect(write([chunk(0, 4, { reference: model })])).rejects.toThrow('is not written');
  });

  it('keeps a second writer out, and lets it in afterwards', async () => {
    async function* slow() {
      yield { chunk: chunk(0, 4) };
      await expect(write([chunk(0, 4)])).rejects.toMatchObject({ kind: 'aborted' });
    }
    const halfWay = 'the last one after 1 of';
    await expect(service.write(slow(), context)).rejects.toThrow(halfWay);
    await expect(write([chunk(0, 4)])).rejects.toThrow(halfWay);
  });
});

describe('a version', () => {
  it('goes with the array, and is not there while it is written', async () => {
    const at = { runId, array: 'evaluation' } as const;
    const chunks = await read(SHARED_ARRAY_PARAMETERS);
    await write(chunks.map((piece) => ({ ...piece, reference: { ...reference, version: 5 } })));
    expect(await engine.readVersion(at)).toMatchObject({ version: 5 });
    await expect(read(SHARED_ARRAY_EVALUATION)).rejects.toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('is at version 5, not 0'),
    });
    await engine.writeArray({ ...at, offset: 0, data: Float32Array.of(1) });
    await expect(read(SHARED_ARRAY_EVALUATION)).rejects.toThrow('nothing whole');
  });

  it('of weights is the number of steps, and of a gradient that of its weights', async () => {
    const own = await openFixture();
    const takeStep = (step: number) =>
      own.applyAdamw({
        runId,
        step,
        learningRate: 1e-3,
        weightDecay: 0,
        gradientScale: 1,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        averageDecay: 0.5,
      });
    await takeStep(1);
    expect(await own.readVersion({ runId, array: 'average' })).toMatchObject({ version: 1 });
    const encode = (version: number) =>
      own.encode({
        runId,
        step: 1,
        array: 'parameters',
        version,
        images: drawImages(2),
        retain: true,
      });
    await expect(encode(0)).rejects.toMatchObject({ kind: 'out-of-step' });
    await encode(1);
    expect(await own.backpropagate({ runId, step: 1 })).toMatchObject({ version: 1 });
    await encode(1);
    await takeStep(2);
    await expect(own.backpropagate({ runId, step: 1 })).rejects.toThrow('was written since');
  });
});

describe('Accumulate', () => {
  const accumulate = (chunks: readonly TensorChunk[], addition: number) =>
    service.accumulate(
      toStream(
        chunks.map((piece) =>
          AccumulateRequest.fromPartial({
            chunk: { ...piece, reference: { ...piece.reference, array: SHARED_ARRAY_GRADIENT } },
            addition,
          }),
        ),
      ),
      context,
    );

  it('adds in float32, once an addition, in their order', async () => {
    await engine.copyArray({ runId, from: 'parameters', to: 'gradient' });
    await expect(accumulate(await read(SHARED_ARRAY_PARAMETERS), 2)).rejects.toMatchObject({
      kind: 'precondition',
    });
    const chunks = await read(SHARED_ARRAY_PARAMETERS);
    const first = await accumulate(chunks, 1);
    expect(await accumulate(chunks, 1)).toEqual(first);
    const twice = (await readArray('parameters')).map((value) => 2 * value);
    expect(bitsOf(await readArray('gradient')).equals(bitsOf(twice))).toBe(true);
    await accumulate(chunks, 2);
    const thrice = twice.map((value) => value + value / 2);
    expect(bitsOf(await readArray('gradient')).equals(bitsOf(thrice))).toBe(true);
  });

  it('starts anew when the gradient is written, and adds to nothing else', async () => {
    await engine.copyArray({ runId, from: 'parameters', to: 'gradient' });
    const chunks = await read(SHARED_ARRAY_PARAMETERS);
    await expect(accumulate(chunks, 3)).rejects.toMatchObject({ kind: 'precondition' });
    await accumulate(chunks, 1);
    const stale = chunks.map((piece) => ({
      ...piece,
      reference: { ...piece.reference!, version: 7 },
    }));
    await expect(accumulate(stale, 2)).rejects.toMatchObject({ kind: 'out-of-step' });
    const other = AccumulateRequest.fromPartial({ chunk: chunk(0, 4), addition: 1 });
    await expect(service.accumulate(toStream([other]), context)).rejects.toMatchObject({
      violations: [{ field: 'chunk.reference.array' }],
    });
  });
});

it('describes the parameters in their order', async () => {
  const response = await service.describe({ runId }, context);
  const { parameters, elementCount, arrays, ...named } = response;
  expect(arrays).toContainEqual({ array: SHARED_ARRAY_PARAMETERS, version: 0 });
  expect(arrays?.map(({ array }) => array)).not.toContain(SharedArray.SHARED_ARRAY_AVERAGE);
  expect(named).toEqual({ engineId: engine.id, layoutSha256, address: '' });
  expect(elementCount).toBe(BigInt(await engine.readLength({ runId })));
  expect(parameters?.[0]).toEqual({
    name: 'vision_model.embeddings.class_embedding',
    shape: [96n],
    offsetElements: 0n,
  });
});

it('names all that is wrong with a reference', async () => {
  const wrong = { engineId: '', runId: '', array: 99 as SharedArray, address: '' };
  await expect(resolveReference(engine, wrong, 'gradient')).rejects.toMatchObject({
    kind: 'invalid',
    violations: [
      { field: 'gradient.engine_id' },
      { field: 'gradient.run_id' },
      { field: 'gradient.array' },
      { field: 'gradient.version' },
    ],
  });
  await expect(resolveReference(engine, undefined, 'a')).rejects.toMatchObject({ kind: 'invalid' });
});

it('sends no array that is written between the look at its version and its first piece', async () => {
  const { readVersion } = engine;
  const raced: Engine = {
    ...engine,
    async readVersion(request) {
      const found = await readVersion(request);
      await engine.copyArray({ runId, from: 'reference', to: 'evaluation', version: 1 });
      return found;
    },
  };
  const { version = 0 } = await engine.setVersion({ runId, array: 'evaluation', version: 0 });
  const named = { engineId: engine.id, runId, array: SharedArray.SHARED_ARRAY_EVALUATION, version };
  const dataType = DataType.DATA_TYPE_FLOAT32;
  const request = { reference: { ...named, address: '' }, dataType };
  const fault = await catchFault(() => streamArray(raced, request).next());
  expect(fault.kind).toBe('aborted');
});

it('has no array of another engine, or of itself before it was started again', async () => {
  const elsewhere = { ...reference, engineId: 'x' };
  await expect(resolveReference(engine, elsewhere, 'gradient')).rejects.toMatchObject({
    kind: 'not-open',
    violations: [{ field: 'gradient.engine_id' }],
  });
});
