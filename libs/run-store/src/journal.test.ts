import { expect, it } from 'vitest';
import { type JournalEntry, requireSameData } from './journal.js';

const [data, pool, other] = ['a', 'b', 'c'].map((digit) => ({ sha256: digit.repeat(64) }));

it('refuses to go on with other data, or other unlabelled images that train', () => {
  const entry = (distilledSha256?: string): JournalEntry => ({
    event: 'data.read',
    dataSha256: data!.sha256,
    ...(distilledSha256 && { distilledSha256 }),
    imageChunk: 1,
    textChunk: 1,
    badImages: 0,
  });
  const plain = { entries: [entry()] };
  const distilling = { entries: [entry(pool!.sha256)] };
  requireSameData({ entries: [] }, { dataset: data! });
  requireSameData(plain, { dataset: data! });
  requireSameData(distilling, { dataset: data!, distilled: pool });
  const refused = 'the data changed since this run began';
  expect(() => requireSameData(plain, { dataset: other! })).toThrow(refused);
  expect(() => requireSameData(distilling, { dataset: data!, distilled: other })).toThrow(refused);
  expect(() => requireSameData(distilling, { dataset: data! })).toThrow(refused);
});
