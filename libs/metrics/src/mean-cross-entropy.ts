import { checkEmbeddings, type Embeddings, fillCosines } from './embeddings.js';

/** Images, the classifier of their label space, and their labels. */
export interface CrossEntropyInput {
  /** [n, d]. */
  readonly images: Embeddings;
  /** [classes, d]. */
  readonly classifier: Embeddings;
  /** [n], each below the number of classes. */
  readonly labels: ArrayLike<number>;
  /** tau, positive. */
  readonly temperature: number;
}

/**
 * Mean softmax cross-entropy of the labels, the task loss L_k.
 *
 *   1/n sum_i [ log sum_c exp(s_ic / tau) - s_iy / tau ],   s_ic = <image_i, classifier_c>
 *
 * Units: nats.
 * Source: docs/algorithm/task-loss.md.
 * @throws RangeError if shapes disagree, there is no image, a label is no class, tau is not positive
 *   or a cosine is not finite.
 */
export function meanCrossEntropy(input: CrossEntropyInput): number {
  const { images, classifier, labels, temperature } = input;
  checkEmbeddings(images, classifier);
  if (images.rows < 1) throw new RangeError('there is no image');
  if (labels.length !== images.rows) {
    throw new RangeError(`${images.rows} images, but ${labels.length} labels`);
  }
  if (!(temperature > 0)) throw new RangeError(`temperature must be positive, not ${temperature}`);
  const cosines = new Float64Array(classifier.rows);
  let sum = 0;
  for (let i = 0; i < images.rows; i += 1) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classifier.rows) {
      throw new RangeError(`label ${label} of image ${i} is not one of ${classifier.rows} classes`);
    }
    fillCosines(i, images, classifier, cosines);
    sum += crossEntropy(cosines, label, temperature);
  }
  return sum / images.rows;
}

/** -log softmax(cosines / tau)[label]; the largest is subtracted so that exp cannot overflow. */
function crossEntropy(cosines: Float64Array, label: number, temperature: number): number {
  let largest = cosines[0]!;
  for (const cosine of cosines) largest = Math.max(largest, cosine);
  let partition = 0;
  for (const cosine of cosines) partition += Math.exp((cosine - largest) / temperature);
  return Math.log(partition) - (cosines[label]! - largest) / temperature;
}
