import type { Matrix } from '@holdfast/tensor';

/** One image against the classes of a task. */
export interface ExampleScores {
  /** [classes of the task]: cosine with each class. */
  readonly cosines: Float64Array;
  /** Index of the right class. */
  readonly label: number;
}

/**
 * Cosines of one image with the classes of a task, in float64.
 *
 * Every cosine is one sum over d in ascending order, so the same embeddings give the same bits whatever
 * else is in the batch: a model against itself has h = 0 exactly.
 */
export function scoreExample(
  images: Matrix,
  row: number,
  classEmbeddings: Matrix,
  classes: ArrayLike<number>,
): Float64Array {
  const cosines = new Float64Array(classes.length);
  const depth = images.columns;
  const [left, right] = [images.data, classEmbeddings.data];
  const at = row * depth;
  let c = 0;
  // Four sums at once: one alone would wait for each addition.
  for (; c + 4 <= classes.length; c += 4) {
    const b0 = classes[c]! * depth;
    const b1 = classes[c + 1]! * depth;
    const b2 = classes[c + 2]! * depth;
    const b3 = classes[c + 3]! * depth;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0; k < depth; k += 1) {
      const a = left[at + k]!;
      s0 += a * right[b0 + k]!;
      s1 += a * right[b1 + k]!;
      s2 += a * right[b2 + k]!;
      s3 += a * right[b3 + k]!;
    }
    cosines[c] = s0;
    cosines[c + 1] = s1;
    cosines[c + 2] = s2;
    cosines[c + 3] = s3;
  }
  for (; c < classes.length; c += 1) {
    const b = classes[c]! * depth;
    let sum = 0;
    for (let k = 0; k < depth; k += 1) sum += left[at + k]! * right[b + k]!;
    cosines[c] = sum;
  }
  return cosines;
}
