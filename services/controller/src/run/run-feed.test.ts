import { describe, expect, it } from 'vitest';
import { createRunFeed, type RunEvent } from './run-feed.js';

const noted = (message: string): RunEvent => ({ $case: 'noted', value: { message } });
const progressed = (done: number): RunEvent => ({
  $case: 'progressed',
  value: { activity: 'preparing images', done, total: 5000 },
});

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const collected: RunEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('createRunFeed', () => {
  it('gives every watcher the initial events and all later ones, in order', async () => {
    const feed = createRunFeed();
    const first = collect(feed.subscribe([noted('a')]));
    const second = collect(feed.subscribe([]));
    await Promise.resolve();
    feed.publish(noted('b'));
    await Promise.resolve();
    feed.publish(noted('c'));
    feed.close();
    expect(await first).toEqual([noted('a'), noted('b'), noted('c')]);
    expect(await second).toEqual([noted('b'), noted('c')]);
  });

  it('ends a subscription whose watcher went away', async () => {
    const feed = createRunFeed();
    const abort = new AbortController();
    const watched = collect(feed.subscribe([noted('a')], abort.signal));
    await Promise.resolve();
    abort.abort();
    expect((await watched).length).toBeLessThanOrEqual(1);
  });

  it('drops superseded progress, never news, for a watcher that lags behind', async () => {
    const feed = createRunFeed();
    const iterator = feed.subscribe([])[Symbol.asyncIterator]();
    const pending = iterator.next();
    feed.publish(noted('first'));
    for (let i = 0; i < 3000; i += 1) feed.publish(progressed(i));
    feed.publish(noted('last'));
    feed.close();
    const rest = [
      (await pending).value,
      ...(await collect({ [Symbol.asyncIterator]: () => iterator })),
    ];
    expect(rest.length).toBeLessThanOrEqual(1026);
    expect(rest[0]).toEqual(noted('first'));
    expect(rest.at(-1)).toEqual(noted('last'));
    expect(rest.at(-2)).toEqual(progressed(2999));
  });
});
