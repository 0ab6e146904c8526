import { describe, expect, it } from 'vitest';
import { createStreamPlaces } from './stream-places.js';

/** Events without an end. */
async function* count() {
  for (let i = 0; ; i += 1) yield i;
}

describe('createStreamPlaces', () => {
  it('refuses more than it has places for, until one leaves', async () => {
    const places = createStreamPlaces();
    const streams = Array.from({ length: 256 }, () => places.pace(count()));
    for (const events of streams) await events.next();
    const refused = { kind: 'exhausted', retryAfterMs: 60_000 };
    await expect(places.pace(count()).next()).rejects.toMatchObject(refused);
    await streams[0]!.return(undefined);
    expect(await places.pace(count()).next()).toEqual({ done: false, value: 0 });
  });

  it('gives the place of the one that has taken nothing for longest to another, and tells it to come back', async () => {
    let nowMs = 0;
    const places = createStreamPlaces(() => nowMs);
    const streams = Array.from({ length: 256 }, () => places.pace(count()));
    for (const events of streams) await events.next();
    const [stalled, ...others] = streams;
    nowMs = 59_000;
    for (const events of others) expect((await events.next()).value).toBe(1);
    nowMs = 61_000;
    expect(await places.pace(count()).next()).toEqual({ done: false, value: 0 });
    await expect(stalled!.next()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('go on after what came'),
    });
    for (const events of others) expect((await events.next()).value).toBe(2);
  });

  it('does not hold the time against a stream in which nothing happened, or lose places without need', async () => {
    let nowMs = 0;
    let happen = (_: number) => {};
    const happening = new Promise<number>((resolve) => {
      happen = resolve;
    });
    async function* rare() {
      yield 0;
      yield await happening;
    }
    const places = createStreamPlaces(() => nowMs);
    const events = places.pace(rare());
    await events.next();
    const next = events.next();
    nowMs = 3_600_000;
    for (let i = 0; i < 255; i += 1) await places.pace(count()).next();
    await expect(places.pace(count()).next()).rejects.toMatchObject({ kind: 'exhausted' });
    happen(1);
    expect(await next).toEqual({ done: false, value: 1 });
    nowMs *= 2;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});
