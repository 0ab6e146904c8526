import { describe, expect, it } from 'vitest';
import { toBytes, toFloat32Array } from './bytes.js';

describe('toFloat32Array', () => {
  it('reads what toBytes gave, without a copy where the bytes are aligned', () => {
    const array = Float32Array.of(1.5, -2);
    expect(toFloat32Array(toBytes(array)).buffer).toBe(array.buffer);
  });

  it('reads bytes that are not aligned', () => {
    const shifted = new Uint8Array(9);
    shifted.set(toBytes(Float32Array.of(0.25, 3)), 1);
    expect([...toFloat32Array(shifted.subarray(1))]).toEqual([0.25, 3]);
    expect([...toFloat32Array(Buffer.from(shifted).subarray(1))]).toEqual([0.25, 3]);
  });

  it('refuses part of a number', () => {
    expect(() => toFloat32Array(new Uint8Array(5))).toThrow('not a whole number of float32');
  });
});
