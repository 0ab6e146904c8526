import { Fault, type FaultKind, type FaultOptions } from '@holdfast/fault';
import type { WriteRequest } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, connectInProcess, connectRemotely } from './test-support/test-encoder.js';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  return work.then(
    () => {
      throw new Error('expected a fault');
    },
    (error) => error,
  );
}

async function* chunks(...sizes: number[]): AsyncGenerator<{ chunk: { data: Buffer } }> {
  for (const size of sizes) yield { chunk: { data: Buffer.alloc(size) } };
}

/** Both ways to a service must look the same to a caller. */
describe.each([
  ['in process', connectInProcess],
  ['over a socket', () => connectRemotely({}, { attemptsMax: 1 })],
])('a client %s', (_, connect) => {
  let connection: Connection;
  beforeEach(async () => {
    connection = await connect();
  });
  afterEach(() => connection.close());

  it('answers unary calls with the defaults of absent fields', async () => {
    const { client, seen } = connection;
    const response = await client.encode({ runId: 'r', images: { samples: [3, 1] } });
    expect([...response.imageEmbeddings!.data]).toEqual([
      ...new Uint8Array(Float32Array.of(3, 1).buffer),
    ]);
    expect(response.textEmbeddings).toBeUndefined();
    expect(await client.getInfo({})).toMatchObject({ engineId: '', threads: 2 });
    expect(seen.requests).toMatchObject([{ step: 0, retain: false, images: { samples: [3, 1] } }]);
  });

  it('streams responses in order', async () => {
    const responses = await collect(connection.client.openSamples({ runId: 'r' }));
    expect(responses.map(({ imagesPrepared }) => imagesPrepared)).toEqual([0, 1, 2, 0]);
    expect(responses.at(-1)?.opened?.badImages).toMatchObject([{ sample: 64 }]);
  });

  it('streams requests', async () => {
    const response = await connection.tensors.write(chunks(4, 8, 16));
    expect(response.reference).toMatchObject({ engineId: '', version: 28, runId: '' });
  });

  it('gives the fault that the handler threw, with every violation', async () => {
    const fault = await faultOf(connection.client.encode({ runId: 'refused' }));
    expect(fault).toMatchObject({
      name: 'Fault',
      kind: 'invalid',
      message: 'Encode is invalid: näh',
      violations: [
        { field: 'images.samples[3]', description: 'must be below 10' },
        { field: 'step', description: 'must be below 10' },
      ],
    });
  });

  it.each<[FaultKind, FaultOptions]>([
    ['invalid', { violations: [{ field: '', description: 'must be there' }] }],
    ['not-found', {}],
    ['precondition', {}],
    ['aborted', {}],
    ['exhausted', {}],
    ['exhausted', { retryAfterMs: 30_000, violations: [{ field: 'a', description: '限' }] }],
    ['unavailable', { retryAfterMs: 1 }],
    ['cancelled', {}],
    ['unauthenticated', {}],
    ['internal', {}],
  ])('gives a fault of kind %s with %o as it was thrown', async (kind, options) => {
    const thrown = new Fault(kind, 'what, where,\nwhat to do: 100 % näh 🚗 ', options);
    connection.seen.fault = thrown;
    const { message, violations, retryAfterMs } = thrown;
    const fault = await faultOf(connection.client.encode({ runId: 'r' }));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ kind, message, violations });
    expect(fault.retryAfterMs).toBe(retryAfterMs);
  });

  it('gives the fault of a stream after what came before it', async () => {
    const got: number[] = [];
    const reading = (async () => {
      for await (const item of connection.client.openSamples({ runId: 'fails late' })) {
        got.push(item.imagesPrepared);
      }
    })();
    expect(await faultOf(reading)).toMatchObject({ kind: 'not-found', message: 'no such model' });
    expect(got).toEqual([0, 1, 2]);
  });

  it('calls a handler that breaks internal and says where', async () => {
    const fault = await faultOf(connection.client.encode({ runId: 'broken' }));
    expect(fault.kind).toBe('internal');
    expect(fault.message).toBe(
      '/holdfast.encoder.v1.EncoderService/Encode failed: undefined is not a function',
    );
  });

  it('gives up a call when its signal aborts, and tells the handler', async () => {
    const abort = new AbortController();
    const call = connection.client.encode({ runId: 'blocked' }, { signal: abort.signal });
    const fault = faultOf(call);
    await expect.poll(() => connection.seen.requests.length).toBe(1);
    abort.abort();
    expect((await fault).kind).toBe('cancelled');
    await expect.poll(() => connection.seen.stopped).toBe(true);
    connection.seen.release();
  });

  it('refuses a call whose signal was aborted before', async () => {
    const call = connection.client.encode({ runId: 'r' }, { signal: AbortSignal.abort() });
    expect((await faultOf(call)).kind).toBe('cancelled');
    const stream = collect(
      connection.client.openSamples({ runId: 'r' }, { signal: AbortSignal.abort() }),
    );
    expect((await faultOf(stream)).kind).toBe('cancelled');
  });

  it('aborts a stream while it waits', async () => {
    const abort = new AbortController();
    const reading = (async () => {
      for await (const item of connection.client.openSamples(
        { runId: 'endless' },
        { signal: abort.signal },
      )) {
        if (item.imagesPrepared === 2) abort.abort();
      }
    })();
    expect((await faultOf(reading)).kind).toBe('cancelled');
    await expect.poll(() => connection.seen.stopped).toBe(true);
  });

  it('cancels a stream that its reader leaves', async () => {
    for await (const _item of connection.client.openSamples({ runId: 'endless' })) break;
    await expect.poll(() => connection.seen.stopped).toBe(true);
  });

  it('passes on the failure of a stream of requests', async () => {
    async function* failing(): AsyncGenerator<Partial<WriteRequest>> {
      yield {};
      throw new Error('the disk is gone');
    }
    const fault = await faultOf(connection.tensors.write(failing()));
    expect(fault.message).toContain('the disk is gone');
  });

  it('names a tensor that is missing', async () => {
    const fault = await faultOf(connection.client.backpropagate({ runId: 'r' }));
    expect(fault.violations).toEqual([{ field: 'image_gradients', description: 'is required' }]);
  });
});
