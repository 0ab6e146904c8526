import type { Engine } from '@holdfast/engine';
import { afterEach, expect, it, vi } from 'vitest';
import { createEngineTurns } from '../engine-turns.js';
import { createBatchQueue, type RequestLoad } from './batch-queue.js';
import type { ServedJob } from './served-job.js';
import type { ServedModel } from './served-model.js';
import { silentMetrics } from './serving-metrics.js';

const limits = { batchTokensMax: 20, queueTokensMax: 100 };

afterEach(() => {
  vi.useRealTimers();
});

/** A queue whose requests are under way until they are told to end. */
function createQueue() {
  const queue = createBatchQueue({} as Engine, {} as never, { ...limits, ...silentMetrics });
  const take = (load: number | RequestLoad, admit = queue.admit) => {
    let end = () => {};
    const work = () =>
      new Promise<void>((resolve) => {
        end = resolve;
      });
    const done = admit(typeof load === 'number' ? { tokens: load, bytes: 0 } : load, work).then(
      () => 'done',
      ({ kind }) => kind,
    );
    return { done, end: () => end() };
  };
  return { queue, take };
}

it('refuses requests unread from one that found no room on, until a batch has room', async () => {
  const { queue, take } = createQueue();
  const [first, second] = [take(60), take(30)];
  expect(queue.findRefusal()).toBeUndefined();
  expect(await take(11).done).toBe('exhausted');
  expect(queue.findRefusal()).toMatchObject({ kind: 'exhausted' });
  second.end();
  await second.done;
  expect(queue.findRefusal()).toBeUndefined();
  first.end();
  expect(await first.done).toBe('done');
});

it('refuses requests unread from one on whose bytes found no room, until a message has room', async () => {
  const { queue, take } = createQueue();
  const photo: RequestLoad = { tokens: 1, bytes: 10 * 2 ** 20 };
  const taken = Array.from({ length: 25 }, () => take(photo));
  expect(queue.findRefusal()).toBeUndefined();
  expect(await take(photo).done).toBe('exhausted');
  // The largest message is of 64 MiB: the door opens when such a one has room.
  for (const each of taken.slice(0, 6)) {
    expect(queue.findRefusal()?.message).toContain('bytes of images');
    each.end();
    await each.done;
  }
  expect(queue.findRefusal()).toBeUndefined();
  for (const each of taken.slice(6)) each.end();
});

it('has who finds no room for bytes come back when requests like theirs are answered', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { queue, take } = createQueue();
  const photo: RequestLoad = { tokens: 1, bytes: 10 * 2 ** 20 };
  const slow = take(photo);
  vi.advanceTimersByTime(5000);
  slow.end();
  await slow.done;
  const taken = Array.from({ length: 25 }, () => take(photo));
  expect(await take(photo).done).toBe('exhausted');
  expect(queue.findRefusal()?.retryAfterMs).toBe(5000);
  for (const each of taken) each.end();
});

it('lets shadows have half of the room, and nobody be refused for one that found none', async () => {
  const { queue, take } = createQueue();
  const besides = queue.beside(() => {});
  const caller = take(30);
  const shadow = take(20, besides.admit);
  expect(await take(1, besides.admit).done).toBe('exhausted');
  expect(queue.findRefusal()).toBeUndefined();
  const other = take(50);
  expect(await take(20, besides.admit).done).toBe('exhausted');
  expect(queue.findRefusal()).toBeUndefined();
  for (const each of [caller, shadow, other]) {
    each.end();
    expect(await each.done).toBe('done');
  }
  // Whatever a shadow's request needs beyond that is never taken on.
  expect(await take(51, besides.admit).done).toBe('exhausted');
});

it('drops shadows, the last one first, before it refuses a caller', async () => {
  const { queue, take } = createQueue();
  const dropped: number[] = [];
  const shadows = [0, 1].map((i) => take(20, queue.beside(() => dropped.push(i)).admit));
  const callers = [take(60)];
  expect(dropped).toEqual([]);
  callers.push(take(10));
  expect(dropped).toEqual([1]);
  callers.push(take(30));
  expect(dropped).toEqual([1, 0]);
  expect(queue.findRefusal()).toBeUndefined();
  expect(await take(1).done).toBe('exhausted');
  for (const each of [...shadows, ...callers]) {
    each.end();
    expect(await each.done).toBe('done');
  }
  // What was dropped has given its room back once.
  expect(await take(51, queue.beside(() => {}).admit).done).toBe('exhausted');
  const whole = take(50, queue.beside(() => {}).admit);
  whole.end();
  expect(await whole.done).toBe('done');
});

it('computes a shadow when no caller waits', async () => {
  const computed: string[] = [];
  const engine = {
    encode: async ({ runId }: { runId: string }) => {
      computed.push(runId);
      return { textEmbeddings: new Float32Array(2) };
    },
  } as unknown as Engine;
  const turns = createEngineTurns(engine);
  const queue = createBatchQueue(engine, turns, { ...limits, ...silentMetrics });
  const config = { projectionSize: 2, text: { contextLength: 4 } };
  const texts = {
    ...{ count: 1, tokens: new Int32Array(4) },
    ...{ heads: new Int32Array(1), lengths: new Int32Array([4]) },
  };
  const ask = (runId: string): ServedJob => ({
    served: { runId, directory: { config }, statistics: { batches: 0 } } as unknown as ServedModel,
    ...{ images: undefined, texts, signal: new AbortController().signal },
  });
  let free = () => {};
  const busy = turns.take('training', () => new Promise<void>((end) => (free = end)));
  const asked = [
    queue.beside(() => {}).embed(ask('shadow')),
    queue.embed(ask('caller')),
    queue.embed(ask('other caller')),
  ];
  free();
  await Promise.all([busy, ...asked]);
  expect(computed).toEqual(['caller', 'other caller', 'shadow']);
});
