import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../term-module.js';

const comparisons = ['Greater', 'Less', 'LessEqual', 'Equal', 'NotEqual'];
const connectives = ['LogicalAnd', 'LogicalOr'];

/**
 * Lets masks stand in a term: steps have the gradient 0 almost everywhere. TensorFlow.js knows that of `greaterEqual`
 * alone, and throws at `where(greater(x, 0), ...)`.
 */
export function registerZeroGradients(tf: Tf): void {
  const zeros = (like: Tensor) => () => tf.zeros(like.shape);
  for (const kernelName of [...comparisons, ...connectives]) {
    if (tf.getGradient(kernelName) !== undefined) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_, [a, b]) => ({ a: zeros(a!), b: zeros(b!) }),
    });
  }
  if (tf.getGradient('LogicalNot') !== undefined) return;
  tf.registerGradient({
    kernelName: 'LogicalNot',
    inputsToSave: ['x'],
    gradFunc: (_, [x]) => ({ x: zeros(x!) }),
  });
}
