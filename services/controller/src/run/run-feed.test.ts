import { describe, expect, it } from 'vitest';
import { beginSequence, createRunFeed, type RunEvent, type SequencedEvent } from './run-feed.js';

const noted = (message: string): RunEvent => ({ $case: 'noted', value: { message } });
const progressed = (done: number): RunEvent => ({
  $case: 'progressed',
  value: { activity: 'preparing images', done, total: 5000 },
});

/** A step of so many tasks. */
function stepped(step: number, count: number): RunEvent {
  const task = { task: 'a', constraintEstimate: 0, weight: 0 };
  const values = { objective: 0, penalty: 0, learningRate: 0, gradientNorm: 0 };
  const tasks = Array.from({ length: count }, () => task);
  return { $case: 'stepApplied', value: { step, totalSteps: 2000, ...values, tasks } };
}

async function collect(events: AsyncIterable<SequencedEvent>): Promise<RunEvent[]> {
  const collected: RunEvent[] = [];
  for await (const { event } of events) collected.push(event);
  return collected;
}

describe('createRunFeed', () => {
  it('gives every watcher what is kept and all later events, in order', async () => {
    const feed = createRunFeed();
    const first = collect(feed.subscribe(0n));
    await Promise.resolve();
    feed.publish(noted('a'));
    const second = collect(feed.subscribe(0n));
    await Promise.resolve();
    feed.publish(noted('b'));
    feed.close();
    expect(await first).toEqual([noted('a'), noted('b')]);
    expect(await second).toEqual([noted('a'), noted('b')]);
  });

  it('goes on after what a watcher saw, and after what it saw of an earlier process', async () => {
    const earlier = beginSequence();
    const feed = createRunFeed();
    for (const name of ['a', 'b', 'c']) feed.publish(noted(name));
    feed.close();
    const sequences: bigint[] = [];
    for await (const { sequence } of feed.subscribe(earlier)) sequences.push(sequence);
    expect(sequences).toHaveLength(3);
    expect(sequences).toEqual([...sequences].sort());
    expect(await collect(feed.subscribe(sequences[1]!))).toEqual([noted('c')]);
    expect(await collect(feed.subscribe(sequences[2]!))).toEqual([]);
    feed.forget();
    expect(await collect(feed.subscribe(0n))).toEqual([]);
  });

  it('ends a subscription whose watcher went away', async () => {
    const feed = createRunFeed();
    const abort = new AbortController();
    const watched = collect(feed.subscribe(0n, abort.signal));
    await Promise.resolve();
    abort.abort();
    expect(await watched).toEqual([]);
  });

  it('drops superseded progress, never news, for a watcher that lags behind', async () => {
    const feed = createRunFeed();
    feed.publish(noted('first'));
    for (let i = 0; i < 3000; i += 1) feed.publish(progressed(i));
    feed.publish(noted('last'));
    feed.close();
    expect(await collect(feed.subscribe(0n))).toEqual([
      noted('first'),
      progressed(2999),
      noted('last'),
    ]);
  });

  it.each([
    [1, 1024],
    [4096, 16],
  ])('keeps the last steps, of %i tasks each %i events', async (tasks, kept) => {
    const feed = createRunFeed();
    feed.publish(noted('first'));
    for (let i = 0; i < 2000; i += 1) feed.publish(stepped(i, tasks));
    feed.close();
    const events = await collect(feed.subscribe(0n));
    expect(events.length).toBeGreaterThanOrEqual(kept);
    expect(events.length).toBeLessThanOrEqual(kept + 1);
    expect(events[0]).toEqual(noted('first'));
    expect(events.at(-1)).toMatchObject({ value: { step: 1999 } });
  });
});
