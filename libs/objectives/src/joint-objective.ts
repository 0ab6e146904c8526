import { contrastPairs } from './contrast-pairs.js';
import {
  type ContrastiveBatch,
  checkContrast,
  type ObjectiveEstimate,
  type ObjectiveSettings,
} from './contrastive-batch.js';
import type { NormalizerState } from './normalizers.js';

/**
 * The joint objective: every pair of the step against all others, same caption included unless
 * `excludeSameCaption`.
 *
 *   F_joint = 1/B sum_i [ t log 1/(B-1) sum_{j != i} exp((s_ij - s_ii)/t) + the same with s_ji ]
 *
 * The gradient uses the normalizers after this batch (docs/algorithm/step.md). With `excludeSameCaption` the mean is
 * over the negatives that are left; a pair without any adds nothing and keeps its normalizers.
 *
 * Shapes: see {@link ContrastiveBatch} and {@link ObjectiveEstimate}. Units: nats times t. `state` is not changed.
 * @throws RangeError if shapes or settings do not fit together, or no pair has a negative.
 * @throws Fault 'diverged' if an embedding is not finite.
 */
export function jointObjective(
  batch: ContrastiveBatch,
  state: NormalizerState,
  settings: ObjectiveSettings,
): ObjectiveEstimate {
  checkContrast(batch, settings);
  const { captions } = batch;
  const pairs = batch.imageEmbeddings.rows;
  const listNegatives = (anchor: number, list: Int32Array) => {
    let count = 0;
    for (let j = 0; j < pairs; j += 1) {
      if (j === anchor) continue;
      if (settings.excludeSameCaption && captions[j] === captions[anchor]) continue;
      list[count] = j;
      count += 1;
    }
    return count;
  };
  const anchors = Int32Array.from({ length: pairs }, (_, i) => i);
  return contrastPairs(batch, { anchors, listNegatives }, state, settings);
}
