import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPatience } from './patience.js';

/** Never answers; settles with its signal, as a call over a network does. */
const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

it('gives up one that hangs when others are done, and aborts its call', async () => {
  const patience = createPatience({ leastMs: 30 });
  let aborted = false;
  const hanging = patience.wait(
    (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return hang(signal);
    },
    { who: 'b:1' },
  );
  const done = patience.wait(async () => delay(1, 'done'), { who: 'a:1' });
  expect(await done).toBe('done');
  await expect(hanging).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/^b:1 gave no answer in .* s, and others did$/),
  });
  expect(aborted).toBe(true);
});

it('waits while nobody is done, and for one that is slow', async () => {
  const patience = createPatience({ leastMs: 10 });
  const slow = patience.wait(async () => delay(60, 'slow'), { who: 'a:1' });
  const failing = patience.wait(async () => Promise.reject(new Error('wrong')), { who: 'b:1' });
  await expect(failing).rejects.toThrow('wrong');
  expect(await slow).toBe('slow');
});

it('waits for one that has more to do by so much longer', async () => {
  const patience = createPatience({ leastMs: 1 });
  const heavy = patience.wait(async () => delay(600, 'heavy'), { who: 'a:1', weight: 1000 });
  const light = patience.wait(async () => delay(2, 'light'), { who: 'b:1' });
  expect(await light).toBe('light');
  expect(await heavy).toBe('heavy');
});

it('passes on that the caller gives up', async () => {
  const caller = new AbortController();
  const call = createPatience().wait(hang, { who: 'a:1', signal: caller.signal });
  caller.abort(new Error('stopped'));
  await expect(call).rejects.toThrow('stopped');
});
