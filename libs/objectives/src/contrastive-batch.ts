import { Fault } from '@holdfast/fault';
import type { Matrix } from '@holdfast/tensor';
import type { NormalizerTable } from './normalizers.js';

/** Image-caption pairs of one step. */
export interface ContrastiveBatch {
  /** [pairs, d], L2-normalised. */
  readonly imageEmbeddings: Matrix;
  /** [captions, d], L2-normalised; several pairs may share a caption. */
  readonly textEmbeddings: Matrix;
  /** [pairs]: row of `textEmbeddings` that is each pair's caption. */
  readonly captions: ArrayLike<number>;
  /** [pairs]: index of each pair's sample, the key of its normalizers. */
  readonly samples: ArrayLike<number>;
  /** Nobody reads the gradients with respect to the images: they have no rows. */
  readonly omitImageGradients?: boolean;
}

/** How pairs are contrasted. */
export interface ObjectiveSettings {
  /** t. */
  readonly temperature: number;
  /** gamma1: weight of the batch's value in the normalizers, in (0, 1]. */
  readonly movingAverage: number;
  /** Added to the normalizer in a weight's denominator; at least 0. */
  readonly epsilon: number;
  /** Joint objective: pairs with the same caption row are not each other's negatives. */
  readonly excludeSameCaption: boolean;
  /** Weighted objective: a, what the protected pairs' contrast weighs, in (0, 1). */
  readonly protectedShare?: number;
}

/** An objective of one batch. */
export interface ObjectiveEstimate {
  /** F of the batch: nats times t. */
  readonly value: number;
  /** [pairs, d]: with respect to the normalised image embeddings. */
  readonly imageGradients: Matrix;
  /** [captions, d]: with respect to the normalised text embeddings. */
  readonly textGradients: Matrix;
  /** Normalizers of the anchors' samples after this batch, for the caller to apply. */
  readonly normalizers: NormalizerTable;
}

/** @throws RangeError if shapes or settings do not fit together; Fault 'diverged' if an embedding is not finite. */
export function checkContrast(batch: ContrastiveBatch, settings: ObjectiveSettings): void {
  const { imageEmbeddings: images, textEmbeddings: texts, captions, samples } = batch;
  if (images.columns !== texts.columns) {
    throw new RangeError(`images have ${images.columns} columns, texts have ${texts.columns}`);
  }
  if (captions.length !== images.rows || samples.length !== images.rows) {
    throw new RangeError(
      `${images.rows} pairs need as many captions and samples, not ${captions.length} and ${samples.length}`,
    );
  }
  for (let i = 0; i < captions.length; i += 1) {
    const caption = captions[i]!;
    if (!Number.isInteger(caption) || caption < 0 || caption >= texts.rows) {
      throw new RangeError(`captions[${i}] is ${caption}, not a row of ${texts.rows} captions`);
    }
  }
  checkSettings(settings);
  checkFinite(images, 'image embeddings');
  checkFinite(texts, 'text embeddings');
}

function checkSettings({ temperature, movingAverage, epsilon }: ObjectiveSettings): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`the contrastive temperature is positive, not ${temperature}`);
  }
  if (!(movingAverage > 0 && movingAverage <= 1)) {
    throw new RangeError(`the objective's moving average is in (0, 1], not ${movingAverage}`);
  }
  if (!(epsilon >= 0 && epsilon < Infinity)) {
    throw new RangeError(`epsilon is at least 0, not ${epsilon}`);
  }
}

function checkFinite({ data, columns }: Matrix, name: string): void {
  for (let i = 0; i < data.length; i += 1) {
    if (Number.isFinite(data[i])) continue;
    throw new Fault(
      'diverged',
      `${name} of the objective: row ${Math.floor(i / columns)} has ${data[i]}; ` +
        'training has diverged: lower the learning rate or clip the gradient',
    );
  }
}
