import { expect, it } from 'vitest';
import { differentiateCentrally } from './differentiate-centrally.js';
import './to-be-allclose.js';

it('gives the slope by every element and leaves the input as it was', () => {
  const input = Float32Array.of(0.1, -2, 1000);
  const slopes = differentiateCentrally(input, () => input[0]! ** 3 + 5 * input[1]! - input[2]!);
  // The cube's error is h^2 = 6e-8; 1000 + 2^-12 is a float32 exactly.
  expect(slopes).toBeAllclose([0.03, 5, -1], { rtol: 1e-5, atol: 1e-7 });
  expect([...input]).toEqual([...Float32Array.of(0.1, -2, 1000)]);
});
