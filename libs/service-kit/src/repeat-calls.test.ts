import { createServer, connect as openSocket, type Socket } from 'node:net';
import { Fault } from '@holdfast/fault';
import {
  EncoderServiceDefinition,
  type EncoderServiceImplementation,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { afterEach, describe, expect, it } from 'vitest';
import { createRemoteClient, type RemoteClientOptions } from './create-remote-client.js';
import { defineService, type RunningServer, startServer } from './start-server.js';
import { createEncoderFixture } from './test-support/test-encoder.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
});

/** A service that counts what reaches it, and ends as if it were killed. */
async function startEncoder(handlers: Partial<EncoderServiceImplementation> = {}, port = 0) {
  const { implementation, seen } = createEncoderFixture();
  const service = defineService(EncoderServiceDefinition, { ...implementation, ...handlers });
  const server = await startServer({ services: [service], listen: { port } });
  open.push({ close: () => kill(server) });
  return { ...server, seen };
}

const kill = (server: Pick<RunningServer, 'close'>) => server.close(0);

function connect(address: string, options: Partial<RemoteClientOptions> = {}) {
  const { client, close } = createRemoteClient(EncoderServiceDefinition, { address, ...options });
  open.push({ close });
  return client;
}

/** A port that leads to a server and can be cut, as a connection is whose other end dies or is unplugged. */
async function startRelay(port: number) {
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = openSocket(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => relay.close() });
  const { port: relayPort } = relay.address() as { port: number };
  return {
    address: `127.0.0.1:${relayPort}`,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

/** Encode throws these, one a call, and then answers. */
function failing(...faults: Fault[]) {
  const calls: number[] = [];
  const encode: EncoderServiceImplementation['encode'] = async () => {
    calls.push(performance.now());
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    return {};
  };
  return { calls, encode };
}

const unavailable = (retryAfterMs = 1) => new Fault('unavailable', 'starting', { retryAfterMs });

describe('a service that is killed', () => {
  it('answers the call that was under way after it is there again, at the same address', async () => {
    const first = await startEncoder();
    const client = connect(first.address);
    const call = client.encode({ runId: 'blocked', images: { samples: [7] } });
    await expect.poll(() => first.seen.requests.length).toBe(1);
    await kill(first);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { encode } = failing();
    const second = await startEncoder({ encode }, first.port);
    await expect(call).resolves.toEqual({ recomputed: false });
    expect(second.address).toBe(first.address);
  });

  it('answers more calls at once than it could refuse', async () => {
    const first = await startEncoder();
    const client = connect(first.address);
    const calls = Array.from({ length: 20 }, () => client.encode({ runId: 'blocked' }));
    await expect.poll(() => first.seen.requests.length).toBe(20);
    await kill(first);
    const { encode, calls: again } = failing();
    await startEncoder({ encode }, first.port);
    await expect(Promise.all(calls)).resolves.toHaveLength(20);
    expect(again).toHaveLength(20);
  });

  it('answers calls over a new connection where the old one is cut', async () => {
    let calls = 0;
    const { port } = await startEncoder({
      encode: async () => {
        calls += 1;
        return calls <= 3 ? new Promise(() => {}) : {};
      },
    });
    const { address, cut } = await startRelay(port);
    const client = connect(address, { random: () => 0.1 });
    const call = client.encode({});
    for (let sent = 1; sent <= 3; sent += 1) {
      await expect.poll(() => calls).toBe(sent);
      cut();
    }
    await expect(call).resolves.toBeDefined();
    expect(calls).toBe(4);
  });

  it('fails with its name and address when it does not come back in time', async () => {
    const first = await startEncoder();
    const client = connect(first.address, { connectWaitMs: 1000 });
    const call = client.encode({ runId: 'blocked' });
    const failed = expect(call).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        `^/holdfast.encoder.v1.EncoderService/Encode at ${first.address} failed: .*ECONNREFUSED`,
      ),
    });
    await expect.poll(() => first.seen.requests.length).toBe(1);
    await kill(first);
    await failed;
  });

  it('has got a call once whose method says nothing of repeating', async () => {
    const first = await startEncoder();
    const { encode } = EncoderServiceDefinition.methods;
    const methods = { ...EncoderServiceDefinition.methods, encode: { ...encode, options: {} } };
    const { client, close } = createRemoteClient(
      { ...EncoderServiceDefinition, methods },
      { address: first.address },
    );
    open.push({ close });
    const call = client.encode({ runId: 'blocked' });
    const failed = expect(call).rejects.toMatchObject({ kind: 'unavailable' });
    await expect.poll(() => first.seen.requests.length).toBe(1);
    await kill(first);
    const second = await startEncoder({}, first.port);
    await failed;
    expect(second.seen.requests).toEqual([]);
    // What was not sent yet waits for the service all the same.
    await expect(client.encode({ runId: 'r' })).resolves.toBeDefined();
  });

  it('begins a stream again of which nothing came, and no other', async () => {
    let streams = 0;
    const first = await startEncoder({
      async *openSamples({ runId }, { signal }) {
        streams += 1;
        if (runId === 'begun') yield { imagesPrepared: 1 };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    const client = connect(first.address);
    const read = async (runId: string) => {
      const got: number[] = [];
      for await (const { imagesPrepared } of client.openSamples({ runId }))
        got.push(imagesPrepared);
      return got;
    };
    const begun = expect(read('begun')).rejects.toMatchObject({ kind: 'unavailable' });
    const silent = read('silent');
    await expect.poll(() => streams).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await kill(first);
    await startEncoder({}, first.port);
    await begun;
    await expect(silent).resolves.toEqual([0, 1, 2, 0]);
  });
});

describe('a service that was not there yet', () => {
  it('is waited for', async () => {
    const { port, address, close } = await startEncoder();
    await close(0);
    const call = connect(address).getInfo({});
    await new Promise((resolve) => setTimeout(resolve, 500));
    await startEncoder({}, port);
    await expect(call).resolves.toMatchObject({ threads: 2 });
  });

  it('is waited for no longer than the caller wants', async () => {
    const abort = new AbortController();
    const call = connect('127.0.0.1:1').getInfo({}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('a service that refuses', () => {
  it('is asked again after the time that it says, and a random one', async () => {
    const { calls, encode } = failing(unavailable(300), unavailable(300));
    const { address } = await startEncoder({ encode });
    await connect(address, { random: () => 0.5 }).encode({});
    const pauses = [calls[1]! - calls[0]!, calls[2]! - calls[1]!];
    // Less what timers are early.
    expect(pauses[0]).toBeGreaterThan(398);
    expect(pauses[1]).toBeGreaterThan(498);
  });

  it('is asked again where a limit gets free, and not where it stays', async () => {
    const full = new Fault('exhausted', 'full', { retryAfterMs: 1 });
    const { calls, encode } = failing(full, new Fault('exhausted', 'too large'));
    const { address } = await startEncoder({ encode });
    await expect(connect(address).encode({})).rejects.toMatchObject({ message: 'too large' });
    expect(calls).toHaveLength(2);
  });

  it('is asked five times at the most, and then by few', async () => {
    const faults = Array.from({ length: 20 }, () => unavailable());
    const { calls, encode } = failing(...faults);
    const { address } = await startEncoder({ encode });
    const client = connect(address, { random: () => 0 });
    const refused = { kind: 'unavailable', message: 'starting' };
    await expect(client.encode({})).rejects.toMatchObject(refused);
    expect(calls).toHaveLength(5);
    await expect(client.encode({})).rejects.toMatchObject(refused);
    // The budget is spent: half of it is kept for calls that were not refused before.
    expect(calls).toHaveLength(6);
  });

  it('is not asked again where the deadline comes first, or the caller left', async () => {
    const { calls, encode } = failing(unavailable(60_000), unavailable(60_000));
    const { address } = await startEncoder({ encode });
    const hurried = connect(address, { deadlineMs: 5000 });
    await expect(hurried.encode({})).rejects.toMatchObject({ message: 'starting' });
    const abort = new AbortController();
    const call = connect(address).encode({}, { signal: abort.signal });
    await expect.poll(() => calls.length).toBe(2);
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    expect(calls).toHaveLength(2);
  });

  it('has one deadline for all attempts', async () => {
    let calls = 0;
    const { address } = await startEncoder({
      encode: () => {
        calls += 1;
        if (calls === 1) throw unavailable(500);
        return new Promise(() => {});
      },
    });
    const call = connect(address, { deadlineMs: 4000 }).encode({});
    await expect(call).rejects.toMatchObject({
      kind: 'unavailable',
      message: `/holdfast.encoder.v1.EncoderService/Encode at ${address} failed: Deadline exceeded after 4 s`,
    });
    expect(calls).toBe(2);
  });
});
