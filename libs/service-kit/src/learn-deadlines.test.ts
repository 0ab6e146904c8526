import { setTimeout as delay } from 'node:timers/promises';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { afterEach, expect, it } from 'vitest';
import { createRemoteClient } from './create-remote-client.js';
import { createLearnedDeadlines } from './learn-deadlines.js';
import { defineService, startServer } from './start-server.js';
import { createEncoderFixture } from './test-support/test-encoder.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
});

const leastMs = 300;

/** A client of a service that answers at once, unless it hangs. */
async function start() {
  const state = { hangs: false, calls: 0 };
  const { implementation } = createEncoderFixture();
  const service = defineService(EncoderServiceDefinition, {
    ...implementation,
    async encode() {
      state.calls += 1;
      if (state.hangs) await new Promise(() => {});
      return {};
    },
  });
  const server = await startServer({ services: [service], listen: { port: 0 } });
  open.push({ close: () => server.close(0) });
  const learned = createLearnedDeadlines({ leastMs });
  const { client, close } = createRemoteClient(EncoderServiceDefinition, {
    address: server.address,
    learned,
  });
  open.push({ close });
  const encode = (
    count: number,
    runId = 'a',
    signal = new AbortController().signal,
    attackSteps?: number,
  ) => {
    const images = { samples: Array(count).fill(0) };
    const attack = attackSteps && { steps: attackSteps, labels: Array(count).fill(0) };
    return client.encode({ runId, images, ...(attack && { attacks: [attack] }) }, { signal });
  };
  // The first call of all also connects.
  await encode(1, 'warm-up');
  state.calls = 0;
  return { state, encode };
}

/** How long a call takes to fail, and how. */
async function fail(call: Promise<unknown>) {
  const startMs = performance.now();
  const error = await call.then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  return { error, tookMs: performance.now() - startMs };
}

/** Seconds that a call was given, and that the slowest of those like it took, as the error says. */
function readError({ message }: Error) {
  const [, limit, slowest] = /No answer in ([\d.]+) s.* at most ([\d.]+) s$/.exec(message)!;
  return { limit: Number(limit), slowest: Number(slowest) };
}

it('gives up a call that takes much longer than one like it, once, and says so', async () => {
  const { state, encode } = await start();
  await encode(5);
  state.hangs = true;
  const { error, tookMs } = await fail(encode(5));
  expect(tookMs).toBeGreaterThan(0.9 * leastMs);
  expect(error).toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/EncoderService\/Encode at 127.0.0.1:\d+ failed: No answer in/),
  });
  // It is not sent again.
  expect(state.calls).toBe(2);
});

it('waits twice as long each time, until there is an answer', async () => {
  const { state, encode } = await start();
  await encode(5);
  state.hangs = true;
  const limits: number[] = [];
  for (let i = 0; i < 3; i += 1) limits.push(readError((await fail(encode(5))).error).limit);
  // To a tenth of a second, as they are said.
  expect(limits[1]).toBeCloseTo(2 * limits[0]!, 0);
  expect(limits[2]).toBeCloseTo(4 * limits[0]!, 0);
  state.hangs = false;
  await encode(5);
  state.hangs = true;
  const { limit, slowest } = readError((await fail(encode(5))).error);
  expect(limit).toBeLessThan(Math.max(leastMs / 1000, 10 * (slowest + 0.05)) + 0.05);
});

it.each([
  ['of much more work', 50, 'a'],
  ['of another run', 5, 'b'],
])('knows nothing of a call %s', async (_, count, runId) => {
  const { state, encode } = await start();
  await encode(5);
  state.hangs = true;
  const leaving = new AbortController();
  const call = fail(encode(count, runId, leaving.signal));
  await delay(3 * leastMs);
  leaving.abort();
  expect((await call).error).toMatchObject({ kind: 'cancelled' });
});

it('knows nothing of a call that attacks its images in many more steps', async () => {
  const { state, encode } = await start();
  const leaving = new AbortController();
  await encode(5, 'a', leaving.signal, 1);
  state.hangs = true;
  expect((await fail(encode(5, 'a', leaving.signal, 1))).error).toMatchObject({
    kind: 'unavailable',
  });
  const call = fail(encode(5, 'a', leaving.signal, 20));
  await delay(3 * leastMs);
  leaving.abort();
  expect((await call).error).toMatchObject({ kind: 'cancelled' });
});

it('does not count the time in which this process itself stood still', async () => {
  const { state, encode } = await start();
  await encode(5);
  state.hangs = true;
  const call = fail(encode(5));
  await delay(10);
  const until = performance.now() + 3 * leastMs;
  while (performance.now() < until);
  // Of a stop no more than two looks at the clock count, 150 ms.
  expect((await call).tookMs).toBeGreaterThan(3 * leastMs + 0.4 * leastMs);
});
