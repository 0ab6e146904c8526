import type { Engine } from '@holdfast/engine';
import { expect, it } from 'vitest';
import { createBatchQueue, type RequestLoad } from './batch-queue.js';
import { silentMetrics } from './serving-metrics.js';

const limits = { batchTokensMax: 20, queueTokensMax: 100 };

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

it('lets shadows have half of the room, and nobody be refused for one that found none', async () => {
  const { queue, take } = createQueue();
  const caller = take(30);
  const shadow = take(20, queue.admitBeside);
  expect(await take(1, queue.admitBeside).done).toBe('exhausted');
  expect(queue.findRefusal()).toBeUndefined();
  const other = take(50);
  expect(await take(20, queue.admitBeside).done).toBe('exhausted');
  expect(queue.findRefusal()).toBeUndefined();
  for (const each of [caller, shadow, other]) {
    each.end();
    expect(await each.done).toBe('done');
  }
  // Whatever a shadow's request needs beyond that is never taken on: callers would be refused for it.
  expect(await take(51, queue.admitBeside).done).toBe('exhausted');
});
