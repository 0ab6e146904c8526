import { expect, it } from 'vitest';
import { checkHeads } from './check-heads.js';

const plan = (heads: object = {}) => ({
  heads: { enabled: true, rank: 2, negatives: 'own' as const, ...heads },
});
const model = (names: readonly string[] | undefined, count = names?.length ?? 0) => ({
  path: '/run/candidate',
  heads: { count, rank: 2, ...(names && { names }) },
});

it('takes heads of the same classes, and of a model that does not say whose they are', () => {
  expect(() => checkHeads(plan(), model(['a', 'b']), ['a', 'b'])).not.toThrow();
  expect(() => checkHeads(plan(), model(undefined, 2), ['a', 'b'])).not.toThrow();
  const shared = plan({ negatives: 'shared' });
  expect(() => checkHeads(shared, model(['a', 'b'], 3), ['a', 'b'])).not.toThrow();
  expect(() => checkHeads(plan(), { path: 'm' }, ['a'])).not.toThrow();
  expect(() => checkHeads(plan({ enabled: false }), model(['z']), ['a'])).not.toThrow();
});

it.each([
  [['a', 'c'], 'the data lack b; c has no head. Keep the classes'],
  [['a'], 'the data lack b'],
  [['a', 'b', 'c'], 'c has no head'],
  [['b', 'a'], 'their order differs'],
])('refuses heads of a and b for the classes %j', (classes, message) => {
  expect(() => checkHeads(plan(), model(['a', 'b']), classes)).toThrow(message);
});

it('refuses another rank', () => {
  expect(() => checkHeads(plan({ rank: 3 }), model(['a']), ['a'])).toThrow(
    '1 heads of rank 2, but 1 of rank 3',
  );
});
