import type { TextConfig } from '@holdfast/clip';
import { describe, expect, it } from 'vitest';
import { groupTexts } from './group-texts.js';

const tower = { width: 8, heads: 2, layers: 1, mlpWidth: 16, layerNormEpsilon: 1e-5 };
const config: TextConfig = {
  ...tower,
  activation: 'quick_gelu',
  contextLength: 20,
  vocabularySize: 100,
  bosTokenId: 98,
  eosTokenId: 99,
  padTokenId: 0,
  eotPooling: 'first-eos',
};

/** Texts whose end tokens stand at the given positions; -1 for none. */
function createTexts(ends: readonly number[]) {
  const tokens = new Int32Array(ends.length * 20);
  ends.forEach((end, row) => {
    tokens.fill(row + 1, row * 20, row * 20 + 20);
    if (end >= 0) tokens[row * 20 + end] = 99;
  });
  const heads = Int32Array.from(ends, (_, row) => row - 1);
  return { count: ends.length, tokens, heads };
}

describe.each(['first-eos', 'argmax'] as const)('groupTexts with %s', (eotPooling) => {
  it('cuts each text behind its end token, and keeps their order', () => {
    const texts = createTexts([16, 3, 19, 15, 0]);
    const groups = groupTexts(texts, { ...config, eotPooling });
    expect(groups.map(({ length, rows }) => [length, rows])).toEqual([
      [16, [1, 3, 4]],
      [20, [0, 2]],
    ]);
    const [short] = groups;
    expect(short!.batch.count).toBe(3);
    expect([...short!.batch.heads]).toEqual([0, 2, 3]);
    expect([...short!.batch.tokens.subarray(0, 16)]).toEqual([
      ...[...texts.tokens.subarray(20, 36)],
    ]);
    expect(short!.batch.tokens[1 * 16 + 15]).toBe(99);
  });
});

it('takes a text without an end token for its first token, as pooling does', () => {
  const groups = groupTexts(createTexts([-1]), config);
  expect(groups.map(({ length }) => length)).toEqual([16]);
});

it('has no groups without texts', () => {
  expect(groupTexts(createTexts([]), config)).toEqual([]);
});
