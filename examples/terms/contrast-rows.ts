import type { Tf } from '@holdfast/term-modules';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** mean_i t log 1/(p-1) sum_{j != i} exp((s_ij - s_ii) / t), of scores [p, p]. */
export function contrastRows(tf: Tf, scores: Tensor, temperature: number): Scalar {
  const pairs = scores.shape[0]!;
  const self = tf.eye(pairs);
  const own = tf.sum(tf.mul(scores, self), 1, true);
  // What is far below all others adds nothing to a sum of exponentials.
  const exponents = tf.sub(tf.div(tf.sub(scores, own), temperature), tf.mul(self, 1e6));
  const logs = tf.sub(tf.logSumExp(exponents, 1), Math.log(pairs - 1));
  return tf.mul(tf.mean(logs), temperature);
}
