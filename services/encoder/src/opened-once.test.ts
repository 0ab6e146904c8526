import { expect, it } from 'vitest';
import { createOpenedOnce } from './opened-once.js';

it('is closed once the work is done that its caller left', async () => {
  const freed: string[] = [];
  const opened = createOpenedOnce<string, number>('the samples', (value) => freed.push(value));
  let finish!: (value: string) => void;
  const opening = opened.open('print', (report) => {
    report(1);
    return new Promise((resolve) => (finish = resolve));
  });
  expect(await opening.next()).toEqual({ done: false, value: 1 });
  const left = opening.return('');
  let isClosed = false;
  const closing = opened.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  finish('samples');
  await Promise.all([left, closing]);
  expect(freed).toEqual(['samples']);
});
