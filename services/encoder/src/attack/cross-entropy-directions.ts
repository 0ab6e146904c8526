import type { Matrix } from '@holdfast/tensor';

/** What images are told apart by, and what they are. */
export interface AttackedClasses {
  /** [classes, d]. */
  readonly classes: Matrix;
  /** Row of `classes` of each image. */
  readonly labels: readonly number[];
  /** tau. */
  readonly temperature: number;
}

/**
 * The direction in which an embedding's cross-entropy under its label y grows:
 *
 *   g = sum_{c != y} p_c (w_c - w_y),   p = softmax(W x / tau),   g / |g|
 *
 * in float64, where the sum over the other classes loses nothing to p_y near 1. It is a positive multiple of the gradient: who takes
 * a sign of what follows from it does not see the scale, and float32 does not round a sure model's gradient to 0.
 *
 * @param embeddings [labels, d]
 * @returns [labels, d]; zeros where there is no such direction
 */
export function crossEntropyDirections(
  embeddings: Float32Array,
  { classes, labels, temperature }: AttackedClasses,
): Float32Array {
  const { rows, columns: d, data: w } = classes;
  const directions = new Float32Array(labels.length * d);
  const logits = new Float64Array(rows);
  const sum = new Float64Array(d);
  for (const [image, label] of labels.entries()) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < rows; c += 1) {
      let product = 0;
      for (let k = 0; k < d; k += 1) product += w[c * d + k]! * embeddings[image * d + k]!;
      logits[c] = product / temperature;
      // Shares among the others alone: p_c but for a factor of the image's own.
      if (c !== label) largest = Math.max(largest, logits[c]!);
    }
    sum.fill(0);
    for (let c = 0; c < rows; c += 1) {
      if (c === label) continue;
      const share = Math.exp(logits[c]! - largest);
      for (let k = 0; k < d; k += 1) sum[k]! += share * (w[c * d + k]! - w[label * d + k]!);
    }
    const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
    if (length === 0) continue;
    for (let k = 0; k < d; k += 1) directions[image * d + k] = sum[k]! / length;
  }
  return directions;
}
