import { createMatrix, selectRows } from '@holdfast/tensor';
import {
  checkContrast,
  type ObjectiveEstimate,
  type ObjectiveSettings,
} from './contrastive-batch.js';
import { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import { mergeNormalizers, type NormalizerState, type NormalizerTable } from './normalizers.js';

/**
 * The paper's baseline WCCL: the target's objective, and the protected pairs contrasted with one another.
 *
 *   F_weighted = (1-a) F + a F_joint(the last `protectedPairs` pairs),   a = `protectedShare`
 *
 * F is that of {@link contrastiveObjective} over the pairs before those, F_joint that of {@link jointObjective}, and 0 where none of
 * its pairs has a negative (`excludeSameCaption`). Both parts start
 * from the normalizers before this batch; a sample in both keeps the mean of what they make of it.
 *
 * Shapes: see {@link TargetBatch} and {@link ObjectiveEstimate}. Units: nats times t. `state` is not changed.
 * Source: arXiv 2410.03955.
 * @throws RangeError if a is not in (0, 1), there are fewer pairs than protected ones, or as both objectives do.
 * @throws Fault 'diverged' if an embedding is not finite.
 */
export function weightedObjective(
  batch: TargetBatch,
  state: NormalizerState,
  settings: ObjectiveSettings,
): ObjectiveEstimate {
  const { imageEmbeddings: images, positives, protectedPairs = 0 } = batch;
  checkContrast(batch, settings);
  const { protectedShare: share = 0 } = settings;
  if (!(share > 0 && share < 1)) {
    throw new RangeError(`the share of the protected pairs is in (0, 1), not ${share}`);
  }
  if (positives.length !== images.rows || protectedPairs > images.rows) {
    throw new RangeError(
      `${images.rows} pairs need as many positives, not ${positives.length}, and at most as many protected pairs, not ${protectedPairs}`,
    );
  }
  const first = images.rows - protectedPairs;
  const target = contrastiveObjective(sliceBatch(batch, 0, first), state, settings);
  const held = sliceBatch(batch, first, images.rows);
  const isContrasted = !settings.excludeSameCaption || new Set(Array.from(held.captions)).size > 1;
  const joint = isContrasted ? jointObjective(held, state, settings) : zeroEstimate(held);
  const { columns } = images;
  const imageGradients = createMatrix(batch.omitImageGradients ? 0 : images.rows, columns);
  imageGradients.data.set(target.imageGradients.data.map((x) => (1 - share) * x));
  imageGradients.data.set(
    joint.imageGradients.data.map((x) => share * x),
    target.imageGradients.data.length,
  );
  const ofJoint = joint.textGradients.data;
  const textGradients = target.textGradients.data.map(
    (x, i) => (1 - share) * x + share * ofJoint[i]!,
  );
  return {
    value: (1 - share) * target.value + share * joint.value,
    imageGradients,
    textGradients: createMatrix(batch.textEmbeddings.rows, columns, textGradients),
    normalizers: joinNormalizers(target.normalizers, joint.normalizers),
  };
}

/** Of pairs that have no negative: one caption is all that a step drew of the protected tasks. */
function zeroEstimate(batch: TargetBatch): ObjectiveEstimate {
  const { imageEmbeddings: images, textEmbeddings: texts, omitImageGradients } = batch;
  return {
    value: 0,
    imageGradients: createMatrix(omitImageGradients ? 0 : images.rows, images.columns),
    textGradients: createMatrix(texts.rows, texts.columns),
    normalizers: mergeNormalizers([], new Float64Array(), new Float64Array()),
  };
}

/** The pairs of [from, to), with all captions. */
function sliceBatch(batch: TargetBatch, from: number, to: number): TargetBatch {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    ...batch,
    imageEmbeddings: selectRows(batch.imageEmbeddings, rows),
    captions: rows.map((row) => batch.captions[row]!),
    samples: rows.map((row) => batch.samples[row]!),
    positives: rows.map((row) => batch.positives[row]!),
  };
}

function joinNormalizers(one: NormalizerTable, other: NormalizerTable): NormalizerTable {
  return mergeNormalizers(
    [...one.samples, ...other.samples],
    Float64Array.of(...one.imageLogNormalizers, ...other.imageLogNormalizers),
    Float64Array.of(...one.textLogNormalizers, ...other.textLogNormalizers),
  );
}
