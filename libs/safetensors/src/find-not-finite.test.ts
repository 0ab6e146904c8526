import { describe, expect, it } from 'vitest';
import { fromFloat32 } from './convert.js';
import type { ElementType } from './element-type.js';
import { findNotFinite } from './find-not-finite.js';

const floats: readonly ElementType[] = ['F64', 'F32', 'F16', 'BF16'];
const cases = floats.flatMap((dtype) =>
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
    dtype,
    value,
  })),
);

describe('findNotFinite', () => {
  it.each(cases)('finds $value among $dtype', ({ dtype, value }) => {
    const data = fromFloat32(dtype, Float32Array.of(1, 0, -2.5, value, value));
    expect(findNotFinite({ dtype, data })).toBe(3);
  });

  it.each(floats)('finds nothing among the largest, smallest and subnormal %s', (dtype) => {
    const largest = { F64: 3e38, F32: 3.4028234e38, F16: 65_504, BF16: 3.38e38 }[dtype as 'F32'];
    const numbers = Float32Array.of(largest, -largest, 0, -0, 6e-8, 1.2e-38, 1e-45);
    expect(findNotFinite({ dtype, data: fromFloat32(dtype, numbers) })).toBe(-1);
  });

  it('finds a float64 that float32 cannot hold', () => {
    const data = new Uint8Array(Float64Array.of(1, 3.5e38).buffer);
    expect(findNotFinite({ dtype: 'F64', data })).toBe(1);
  });

  it('reads elements at any address', () => {
    const bytes = new Uint8Array(9);
    bytes.set(fromFloat32('F32', Float32Array.of(1, Number.NaN)), 1);
    expect(findNotFinite({ dtype: 'F32', data: bytes.subarray(1) })).toBe(1);
  });

  it('takes every integer for finite', () => {
    const data = new Uint8Array(8).fill(255);
    expect(findNotFinite({ dtype: 'I64', data })).toBe(-1);
  });
});
