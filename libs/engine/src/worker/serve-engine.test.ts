import { MessageChannel, type Transferable } from 'node:worker_threads';
import { Fault } from '@holdfast/fault';
import { afterEach, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import { createThreadCalls } from './call-thread.js';
import { prepareTransfer, type ThreadMessage } from './messages.js';
import { serveEngine } from './serve-engine.js';

const opened: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of opened.splice(0)) port1.close();
});

/** Both ends of a channel in this thread, with an engine that has only the given methods. */
function connect(methods: Partial<Engine>) {
  const channel = new MessageChannel();
  opened.push(channel);
  const { port1, port2 } = channel;
  const messages: ThreadMessage[] = [];
  const calls = createThreadCalls({
    postMessage: (message, transfer) => port2.postMessage(message, transfer as Transferable[]),
  });
  port2.on('message', (message: ThreadMessage) => {
    messages.push(message);
    calls.receive(message);
  });
  const description = {
    executionProvider: 'cpu',
    providerReason: 'the default',
    threads: 3,
    runtimeVersion: '1',
  } as const;
  serveEngine({ description, ...methods } as Engine, {
    on: (event, listener) => port1.on(event, listener),
    postMessage: (message, transfer) => port1.postMessage(message, transfer as Transferable[]),
  });
  return { calls, messages };
}

it('matches answers with calls, whichever comes first', async () => {
  let release = () => {};
  const { calls, messages } = connect({
    readLength: () =>
      new Promise((resolve) => {
        release = () => resolve(1);
      }),
    computeSquaredNorm: async () => 2,
  });
  const slow = calls.call('readLength', {});
  expect(await calls.call('computeSquaredNorm', {})).toBe(2);
  expect(calls.busy).toBe(true);
  release();
  expect(await slow).toBe(1);
  expect(calls.busy).toBe(false);
  expect(messages[0]).toMatchObject({ ready: { threads: 3 } });
});

it('carries faults with all they say, and makes one of any other error', async () => {
  const violations = [{ field: 'a', description: 'b' }];
  const { calls } = connect({
    readLength: async () => {
      throw new Fault('exhausted', 'too much', { violations });
    },
    closeRun: async () => {
      throw new TypeError('broken');
    },
  });
  const fault = await calls.call('readLength', {}).catch((error) => error);
  expect(fault).toBeInstanceOf(Fault);
  expect(fault).toMatchObject({ kind: 'exhausted', message: 'too much', violations });
  await expect(calls.call('closeRun', {})).rejects.toMatchObject({
    kind: 'internal',
    message: 'broken',
    cause: expect.stringContaining('TypeError'),
  });
});

it('fails the calls that wait when the thread ends, and all later ones', async () => {
  const { calls } = connect({ readLength: () => new Promise(() => {}) });
  const waiting = calls.call('readLength', {});
  const reason = new Fault('unavailable', 'ended');
  calls.fail(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(calls.call('readLength', {})).rejects.toBe(reason);
});

it('moves whole arrays, and copies a part out of a larger one', () => {
  const whole = Float32Array.of(1, 2);
  const part = Int32Array.of(1, 2, 3).subarray(1);
  const { value, buffers } = prepareTransfer({ whole, inner: { part }, count: 1, text: undefined });
  expect(value.whole).toBe(whole);
  expect(value.inner.part).toEqual(Int32Array.of(2, 3));
  expect(value.inner.part.byteLength).toBe(value.inner.part.buffer.byteLength);
  expect(buffers).toEqual([whole.buffer, value.inner.part.buffer]);
  expect(value).toMatchObject({ count: 1, text: undefined });
});
