import { describe, expect, it } from 'vitest';
import { createKeyTable } from './key-table.js';

describe('createKeyTable', () => {
  it('numbers texts in the order in which they first appear, through several growths', () => {
    const table = createKeyTable();
    const texts = Array.from({ length: 20_000 }, (_, i) => `drive ${i}`);
    expect(texts.map((text) => table.add(text))).toEqual(texts.map((_, i) => i));
    expect(texts.map((text) => table.add(text))).toEqual(texts.map((_, i) => i));
    expect(table.size).toBe(20_000);
  });

  it('tells keys apart that differ in one word', () => {
    const table = createKeyTable();
    const keys = [
      [0, 0],
      [0, 1],
      [1, 0],
      [0xffffffff, 0xffffffff],
      [0, 0],
    ] as const;
    expect(keys.map(([high, low]) => table.addKey(high, low))).toEqual([0, 1, 2, 3, 0]);
  });
});
