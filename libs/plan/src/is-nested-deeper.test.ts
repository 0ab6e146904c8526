import { expect, it } from 'vitest';
import { isNestedDeeper } from './is-nested-deeper.js';

it('counts lists and mappings in one another, however they are written', () => {
  for (const text of ['a: { b: [c] }', 'a:\n  b:\n    - c', '- - - c', '? [[a]]\n: b']) {
    expect(isNestedDeeper(text, 3), text).toBe(false);
    expect(isNestedDeeper(text, 2), text).toBe(true);
  }
});

it.each(['[', '- ', '{ a: ', '? '])('holds a text that only opens: %s', (opening) => {
  expect(isNestedDeeper(opening.repeat(60_000), 100)).toBe(true);
});

it('counts nothing in scalars and comments', () => {
  expect(isNestedDeeper('"[[[[" # [[[[\n', 0)).toBe(false);
});
