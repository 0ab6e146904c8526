import { expect, it } from 'vitest';
import { holdCalls } from './hold-calls.js';

function createHolds() {
  const held = new Set<symbol>();
  const hold = () => {
    const own = Symbol();
    held.add(own);
    return () => void held.delete(own);
  };
  return { hold, count: () => held.size };
}

it('holds callers back until a call is answered or fails', async () => {
  const { hold, count } = createHolds();
  let answer = (_: number) => {};
  const answered = new Promise<number>((resolve) => {
    answer = resolve;
  });
  const service = holdCalls({ one: (x: number) => answered.then((y) => x + y) }, { hold });
  const calls = [service.one(1), service.one(2)];
  expect(count()).toBe(2);
  answer(3);
  expect(await Promise.all(calls)).toEqual([4, 5]);
  expect(count()).toBe(0);
  const failing = holdCalls({ one: () => Promise.reject(new Error('no')) }, { hold });
  await expect(failing.one()).rejects.toThrow('no');
  expect(count()).toBe(0);
});

it('holds callers back while a stream is read, to its end, its failure, or where its reader leaves', async () => {
  const { hold, count } = createHolds();
  async function* list(end: number) {
    for (let i = 0; i < end; i += 1) yield i;
    if (end > 2) throw new Error('no');
  }
  const service = holdCalls({ list }, { hold });
  // Nobody reads it yet.
  const stream = service.list(2);
  expect(count()).toBe(0);
  const items: number[] = [];
  for await (const item of stream) {
    expect(count()).toBe(1);
    items.push(item);
  }
  expect(items).toEqual([0, 1]);
  expect(count()).toBe(0);
  for await (const _ of service.list(2)) break;
  expect(count()).toBe(0);
  await expect(async () => {
    for await (const _ of service.list(3)) expect(count()).toBe(1);
  }).rejects.toThrow('no');
  expect(count()).toBe(0);
});
