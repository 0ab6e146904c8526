import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromFloat32, isReadableAsFloat32, toFloat32 } from './convert.js';
import { fromHalfBits, toHalfBits } from './half-precision.js';
import { parseSafetensors } from './parse-safetensors.js';

const folder = new URL('../fixtures/', import.meta.url);
const { tensors } = parseSafetensors(readFileSync(new URL('mixed.safetensors', folder)));
const golden = JSON.parse(readFileSync(new URL('mixed.json', folder), 'utf8')) as {
  values: Record<string, number[]>;
  rounding: { floats: number[]; f16: number[]; bf16: number[] };
};

describe('toFloat32', () => {
  it.each(Object.keys(golden.values))('reads %s as torch does', (name) => {
    const expected = Float32Array.from(golden.values[name]!);
    expect(toFloat32(tensors.get(name)!)).toEqual(expected);
  });

  it('writes into memory that is there already', () => {
    const memory = new Float32Array(5);
    toFloat32(tensors.get('f32')!, memory.subarray(1, 4));
    expect([...memory]).toEqual([0, ...toFloat32(tensors.get('f32')!), 0]);
  });

  it('refuses memory of another length and 8-bit floats', () => {
    expect(() => toFloat32(tensors.get('f32')!, new Float32Array(2))).toThrow(RangeError);
    expect(() => toFloat32({ dtype: 'F8_E5M2', data: new Uint8Array(1) })).toThrow('F8_E5M2');
    expect(isReadableAsFloat32('F8_E4M3')).toBe(false);
    expect(isReadableAsFloat32('BF16')).toBe(true);
  });

  it('reads unsigned integers of every width', () => {
    const bytes = new Uint8Array(8).fill(0xff);
    expect(toFloat32({ dtype: 'U16', data: bytes.subarray(0, 2) })[0]).toBe(65_535);
    expect(toFloat32({ dtype: 'U32', data: bytes.subarray(0, 4) })[0]).toBe(2 ** 32);
    expect(toFloat32({ dtype: 'U64', data: bytes })[0]).toBe(2 ** 64);
  });
});

describe('fromFloat32', () => {
  const floats = Float32Array.from(golden.rounding.floats);

  it.each(['f16', 'bf16'] as const)('rounds to %s as torch does', (type) => {
    const bytes = fromFloat32(type === 'f16' ? 'F16' : 'BF16', floats);
    expect([...new Int16Array(bytes.buffer)]).toEqual(golden.rounding[type]);
  });

  it('gives back every half-precision number that is one', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits);
    const numbers = all.filter((bits) => !Number.isNaN(fromHalfBits(bits)));
    expect(numbers.map((bits) => toHalfBits(fromHalfBits(bits)))).toEqual(numbers);
  });

  it.each(['F16', 'BF16'] as const)('reads %s at an odd address, too', (dtype) => {
    const values = Float32Array.of(1, -2, 0.5);
    const odd = Buffer.concat([new Uint8Array(1), fromFloat32(dtype, values)]).subarray(1);
    expect(toFloat32({ dtype, data: odd })).toEqual(values);
  });

  it('keeps infinities and NaN', () => {
    const special = Float32Array.of(Infinity, -Infinity, Number.NaN, 1e6);
    const half = toFloat32({ dtype: 'F16', data: fromFloat32('F16', special) });
    expect([...half]).toEqual([Infinity, -Infinity, Number.NaN, Infinity]);
    const brain = toFloat32({ dtype: 'BF16', data: fromFloat32('BF16', special) });
    expect([...brain.subarray(0, 3)]).toEqual([Infinity, -Infinity, Number.NaN]);
  });

  it('keeps float32 and float64 exactly and refuses integers', () => {
    for (const dtype of ['F32', 'F64'] as const) {
      expect(toFloat32({ dtype, data: fromFloat32(dtype, floats) })).toEqual(floats);
    }
    expect(() => fromFloat32('I32', floats)).toThrow('cannot be stored as I32');
  });
});
