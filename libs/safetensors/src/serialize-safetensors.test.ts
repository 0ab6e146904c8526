import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, type SafetensorsTensor } from './parse-safetensors.js';
import { layOutSafetensors, serializeSafetensors } from './serialize-safetensors.js';

const mixed = readFileSync(new URL('../fixtures/mixed.safetensors', import.meta.url));

describe('serializeSafetensors', () => {
  it("gives the bytes of Python's safetensors for the same tensors in the same order", () => {
    const { tensors, metadata } = parseSafetensors(mixed);
    expect(Buffer.from(serializeSafetensors(tensors, metadata)).equals(mixed)).toBe(true);
  });

  it('keeps any names, in order, and aligns the data to eight bytes', () => {
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.uint8Array()), { selector: (t) => t[0] }),
        (list) => {
          const tensors = new Map<string, SafetensorsTensor>(
            list.map(([key, data]) => [key, { dtype: 'U8', shape: [data.length], data }]),
          );
          const bytes = serializeSafetensors(tensors);
          const parsed = parseSafetensors(bytes);
          // A Map has '__proto__' and '1' in their place; an object would not.
          expect(new Map(parsed.tensors)).toEqual(tensors);
          expect(layOutSafetensors(tensors).header.byteLength % 8).toBe(0);
        },
      ),
      { seed: 1 },
    );
  });

  it('refuses data that do not fit their shape', () => {
    const tensor = { dtype: 'F32', shape: [2], data: new Uint8Array(4) } as const;
    expect(() => serializeSafetensors(new Map([['a', tensor]]))).toThrow(
      'a has 4 bytes, its shape needs 8',
    );
  });
});
