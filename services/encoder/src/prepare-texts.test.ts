import type { ClipDirectory } from '@holdfast/clip';
import { expect, it, vi } from 'vitest';
import { tokenize } from './prepare-texts.js';

function createRun() {
  const encode = vi.fn((text: string) => Int32Array.of(text.length, text.codePointAt(0)!));
  const directory = { tokenizer: { encode } } as unknown as ClipDirectory;
  return { encode, run: { directory, tokens: new Map<string, Int32Array>() } };
}

it('keeps the ids of a text, and not a long text for them', () => {
  const { encode, run } = createRun();
  const texts = ['', 'a stop sign', ...Array.from('abc', (letter) => letter.repeat(10_000))];
  const first = texts.map((text) => tokenize(run, text));
  expect(texts.map((text) => tokenize(run, text))).toEqual(first);
  expect(encode).toHaveBeenCalledTimes(texts.length);
  expect(first.map((ids) => ids[0])).toEqual(texts.map(({ length }) => length));
  for (const key of run.tokens.keys()) expect(key.length).toBeLessThanOrEqual(300);
});

it('takes no text for another whose key it is', () => {
  const { run } = createRun();
  const long = 'a'.repeat(1000);
  tokenize(run, long);
  for (const key of [...run.tokens.keys()]) expect(tokenize(run, key)[0]).toBe(key.length);
  expect(tokenize(run, long)[0]).toBe(1000);
});
