import { contrastPairs } from './contrast-pairs.js';
import {
  type ContrastiveBatch,
  checkContrast,
  type ObjectiveEstimate,
  type ObjectiveSettings,
} from './contrastive-batch.js';
import type { NormalizerState } from './normalizers.js';

/** Pairs of one step, and which of them are target pairs. */
export interface TargetBatch extends ContrastiveBatch {
  /** [pairs]: true for target pairs (Pos), false for negatives (Neg). */
  readonly positives: ArrayLike<boolean>;
  /** Weighted objective: the last so many pairs are the protected ones; default: none. */
  readonly protectedPairs?: number;
}

/**
 * The paper's objective: each target pair against every negative pair. Target pairs are never each
 * other's negatives.
 *
 *   F = 1/|Pos| sum_{i in Pos} [ t log mean_{j in Neg} exp((s_ij - s_ii)/t) + the same with s_ji ]
 *
 * The gradient uses the normalizers after this batch (docs/algorithm/step.md), so it is that of F on the
 * batch only where `movingAverage` is 1 and `epsilon` 0. `excludeSameCaption` has no say here.
 *
 * Shapes: see {@link TargetBatch} and {@link ObjectiveEstimate}. Units: nats times t. `state` is not changed.
 * Source: arXiv 2410.03955.
 * @throws RangeError if shapes or settings do not fit together, or there is no positive or no negative.
 * @throws Fault 'diverged' if an embedding is not finite.
 */
export function contrastiveObjective(
  batch: TargetBatch,
  state: NormalizerState,
  settings: ObjectiveSettings,
): ObjectiveEstimate {
  checkContrast(batch, settings);
  const pairs = batch.imageEmbeddings.rows;
  if (batch.positives.length !== pairs) {
    throw new RangeError(`${pairs} pairs need as many positives, not ${batch.positives.length}`);
  }
  const indices = Array.from({ length: pairs }, (_, i) => i);
  const anchors = indices.filter((i) => batch.positives[i]);
  const negatives = indices.filter((i) => !batch.positives[i]);
  if (anchors.length === 0 || negatives.length === 0) {
    throw new RangeError(
      `the target objective needs target pairs and negatives, not ${anchors.length} and ${negatives.length}`,
    );
  }
  const listNegatives = (_anchor: number, list: Int32Array) => {
    list.set(negatives);
    return negatives.length;
  };
  return contrastPairs(batch, { anchors, listNegatives }, state, settings);
}
