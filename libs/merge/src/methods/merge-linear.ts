import { checkTaskVectors, type TaskVectors } from './task-vectors.js';

/**
 * Task arithmetic: `w = w_old + lambda sum_i c_i (w_i - w_old)`, in float64 and the order of the models, rounded to
 * float32 once.
 *
 * With weights that sum to 1 and lambda 1 it is the weighted mean of the models. A weight below 0 takes a task out.
 * Source: Ilharco et al., Editing Models with Task Arithmetic, arXiv 2212.04089; of means, Wortsman et al., Model Soups,
 * arXiv 2203.05482.
 */
export function mergeLinear(vectors: TaskVectors): Float32Array {
  checkTaskVectors(vectors);
  const { base, models, weights, scale } = vectors;
  const merged = new Float32Array(base.length);
  for (let at = 0; at < base.length; at += 1) {
    const old = base[at]!;
    let sum = 0;
    for (let i = 0; i < models.length; i += 1) sum += weights[i]! * (models[i]![at]! - old);
    merged[at] = old + scale * sum;
  }
  return merged;
}
