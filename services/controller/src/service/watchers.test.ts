import { describe, expect, it } from 'vitest';
import { createWatchers } from './watchers.js';

/** Events without an end. */
async function* count() {
  for (let i = 0; ; i += 1) yield i;
}

describe('createWatchers', () => {
  it('refuses more than it has places for, until one leaves', async () => {
    const watchers = createWatchers();
    const watching = Array.from({ length: 256 }, () => watchers.pace(count()));
    for (const events of watching) await events.next();
    const refused = { kind: 'exhausted', retryAfterMs: 60_000 };
    await expect(watchers.pace(count()).next()).rejects.toMatchObject(refused);
    await watching[0]!.return(undefined);
    expect(await watchers.pace(count()).next()).toEqual({ done: false, value: 0 });
  });

  it('gives the place of one that takes nothing to another, and tells it to come back', async () => {
    let nowMs = 0;
    const watchers = createWatchers(() => nowMs);
    const watching = Array.from({ length: 256 }, () => watchers.pace(count()));
    for (const events of watching) await events.next();
    const [stalled, ...others] = watching;
    nowMs = 59_000;
    for (const events of others) expect((await events.next()).value).toBe(1);
    nowMs = 61_000;
    expect(await watchers.pace(count()).next()).toEqual({ done: false, value: 0 });
    await expect(stalled!.next()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('watch again'),
    });
    expect((await others[0]!.next()).value).toBe(2);
  });

  it('does not hold the time against a watcher in which nothing happened', async () => {
    let nowMs = 0;
    let happen = (_: number) => {};
    const happening = new Promise<number>((resolve) => {
      happen = resolve;
    });
    async function* rare() {
      yield 0;
      yield await happening;
    }
    const events = createWatchers(() => nowMs).pace(rare());
    await events.next();
    const next = events.next();
    nowMs = 3_600_000;
    happen(1);
    expect(await next).toEqual({ done: false, value: 1 });
  });
});
