import { checkTaskVectors, type TaskVectors } from './task-vectors.js';

/**
 * TIES: trim, elect a sign, and take the mean of those that have it.
 *
 * - Trim: tau_i of an element is 0 where its magnitude is below the model's threshold
 *   ({@link findThresholds}).
 * - Elect: the sign of `sum_i c_i tau_i`; of a sum of 0, plus.
 * - Merge: `w = w_old + lambda sum_A c_i tau_i / sum_A c_i`, where A are the models whose tau_i has that sign;
 *   where there are none, w_old.
 *
 * Weights are above 0 and count relative to each other. In float64 and the order of the models; magnitudes are compared
 * in float32. Source: Yadav et al., TIES-Merging, arXiv 2306.01708, algorithm 1, whose weights are all 1.
 *
 * @param thresholds smallest magnitude that each model keeps
 */
export function mergeTies(vectors: TaskVectors, thresholds: readonly number[]): Float32Array {
  checkTaskVectors(vectors);
  const { base, models, weights, scale } = vectors;
  const merged = new Float32Array(base.length);
  for (let at = 0; at < base.length; at += 1) {
    const old = base[at]!;
    let [up, upWeight, down, downWeight] = [0, 0, 0, 0];
    for (let i = 0; i < models.length; i += 1) {
      const change = models[i]![at]! - old;
      if (Math.fround(Math.abs(change)) < thresholds[i]!) continue;
      if (change > 0) {
        up += weights[i]! * change;
        upWeight += weights[i]!;
      } else if (change < 0) {
        down += weights[i]! * change;
        downWeight += weights[i]!;
      }
    }
    const isUp = up + down >= 0;
    const [sum, weight] = isUp ? [up, upWeight] : [down, downWeight];
    merged[at] = weight === 0 ? old : old + (scale * sum) / weight;
  }
  return merged;
}
