import { expect, it } from 'vitest';
import { answerBounded } from './answer-bounded.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('answers as answers are ready, and loses none while the reader is slow', async () => {
  async function* requests() {
    for (let i = 0; i < 20; i += 1) yield i;
  }
  const answers: number[] = [];
  const answer = async (request: number) => {
    // The first of each pair takes longer.
    if (request % 2 === 0) await settle();
    return request;
  };
  for await (const each of answerBounded(requests(), answer, 4)) {
    answers.push(each);
    await settle();
    await settle();
  }
  expect(answers).not.toEqual(answers.toSorted((a, b) => a - b));
  expect(answers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('reads no request before it can take it on', async () => {
  let read = 0;
  async function* requests() {
    while (true) {
      read += 1;
      yield read;
    }
  }
  const ends: (() => void)[] = [];
  const answer = (request: number) =>
    new Promise<number>((resolve) => ends.push(() => resolve(request)));
  const answers = answerBounded(requests(), answer, 3);
  const first = answers.next();
  await settle();
  expect(read).toBe(3);
  ends[1]!();
  expect(await first).toEqual({ done: false, value: 2 });
  void answers.next();
  await settle();
  expect(read).toBe(4);
});

it('answers what it took on before it passes an error of the sender on', async () => {
  async function* requests() {
    yield 1;
    throw new Error('gone');
  }
  const answers = answerBounded(requests(), async (request) => request, 2);
  expect(await answers.next()).toEqual({ done: false, value: 1 });
  await expect(answers.next()).rejects.toThrow('gone');
});
