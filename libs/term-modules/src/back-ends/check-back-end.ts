import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../term-module.js';

/**
 * Multiplies and differentiates: f = sum (A B)^2 of A = [[1, 2], [3, 4]] and B = [[1, 0], [0, 2]] is 90, df/dA is
 * [[2, 16], [6, 32]], df/dB is [[20, 56], [28, 80]].
 *
 * @throws Error if anything else comes out, as where an addon loads and fails at its first operation.
 */
export function checkBackEnd(tf: Tf): void {
  const found = tf.tidy(() => {
    const f = (a: Tensor, b: Tensor) => tf.sum(tf.square(tf.matMul(a, b)));
    const inputs = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 0, 0, 2], [2, 2])];
    const { value, grads } = tf.valueAndGrads(f as Parameters<Tf['valueAndGrads']>[0])(inputs);
    return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()).join(' ')).join(', ');
  });
  const expected = '90, 2 16 6 32, 20 56 28 80';
  if (found !== expected) throw new Error(`it computes ${found} where ${expected} is right`);
}
