import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import wabt from 'wabt';
import { matrixProductKernel } from './matrix-product-kernel.js';

it('is what kernels/matrix-product.wat says', async () => {
  const text = readFileSync(new URL('../kernels/matrix-product.wat', import.meta.url), 'utf8');
  const module = (await wabt()).parseWat('matrix-product.wat', text, { simd: true });
  expect(matrixProductKernel).toBe(Buffer.from(module.toBinary({}).buffer).toString('base64'));
});
