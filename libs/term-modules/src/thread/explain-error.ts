import { Fault, isFault } from '@holdfast/fault';
import { findPlace } from './find-place.js';

/** What to write where TensorFlow.js has no gradient, by the kernel that it names. */
const substitutes: Readonly<Record<string, string>> = {
  GatherNd: 'use tf.gather, or a product with tf.oneHot',
  ScatterNd: 'use a product with tf.oneHot',
  SparseToDense: 'use a product with tf.oneHot',
  StridedSlice: 'use tf.slice, or a product with rows of tf.eye',
  TopK: 'find the k-th largest of a constant copy, tf.tensor(x.dataSync(), x.shape), and mask x by x.greaterEqual(it)',
  Einsum: 'use tf.matMul, tf.mul and tf.sum',
  Cumprod: 'use tf.exp(tf.cumsum(tf.log(x), axis))',
  Bincount: 'use the sum of tf.oneHot',
  DenseBincount: 'use the sum of tf.oneHot',
};

const otherwise =
  'matMul, gather, slice, concat, exp, log, logSumExp, softmax, sum, mean, max, where and comparisons have one';

/** What a module's failure means to its author: one Fault `invalid` with its name and the line of its source. */
export function explainError(
  error: unknown,
  term: { readonly name: string; readonly source: string },
): Fault {
  if (isFault(error)) return error;
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const place = findPlace(stack, term.source);
  const where = place === undefined ? term.name : `${term.name} (${place})`;
  return new Fault('invalid', `${where}: ${explainMessage(message)}`, { cause: error });
}

function explainMessage(message: string): string {
  const gradient = /gradient function not found for (\w+)/.exec(message)?.[1];
  if (gradient !== undefined) {
    const substitute = substitutes[gradient] ?? otherwise;
    return `TensorFlow.js has no gradient of ${gradient}: ${substitute}`;
  }
  const kernel = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(message);
  if (kernel === null) return message;
  const [, name, backEnd] = kernel;
  return `TensorFlow.js has no ${name} on ${backEnd}: ${substitutes[name!] ?? otherwise}`;
}
