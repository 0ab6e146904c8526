import { describe, expect, it } from 'vitest';
import { findOrMake } from './find-or-make.js';

describe('findOrMake', () => {
  it('makes one thing, though the answer to the first request is lost', async () => {
    const made: number[] = [];
    const make = async () => {
      made.push(made.length);
      throw new Error('the connection is lost');
    };
    expect(await findOrMake(async () => made[0], make)).toBe(0);
    expect(made).toHaveLength(1);
  });

  it('asks again where nothing was made, and gives up', async () => {
    let asked = 0;
    const make = async () => {
      asked += 1;
      if (asked < 3) throw new Error('busy');
      return 'made';
    };
    expect(await findOrMake(async () => undefined, make)).toBe('made');
    asked = -10;
    await expect(findOrMake(async () => undefined, make)).rejects.toThrow('busy');
  });
});
