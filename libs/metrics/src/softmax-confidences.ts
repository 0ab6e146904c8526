import { checkEmbeddings, type Embeddings, fillCosines } from './embeddings.js';

/** Images, the classifier of their label space, and the temperature of its softmax. */
export interface ConfidenceInput {
  /** [n, d]. */
  readonly images: Embeddings;
  /** [classes, d]. */
  readonly classifier: Embeddings;
  /** tau, positive. */
  readonly temperature: number;
}

/**
 * How sure a model is of each answer: the largest probability of its softmax.
 *
 *   p_i = max_c exp(s_ic / tau) / sum_c exp(s_ic / tau),   s_ic = <image_i, classifier_c>
 *
 * Shapes: the result is [n], in [1 / classes, 1].
 * @throws RangeError if shapes disagree, tau is not positive or a cosine is not finite.
 */
export function softmaxConfidences({
  images,
  classifier,
  temperature,
}: ConfidenceInput): Float64Array {
  checkEmbeddings(images, classifier);
  if (!(temperature > 0)) throw new RangeError(`temperature must be positive, not ${temperature}`);
  const cosines = new Float64Array(classifier.rows);
  const confidences = new Float64Array(images.rows);
  for (let i = 0; i < images.rows; i += 1) {
    fillCosines(i, images, classifier, cosines);
    let largest = cosines[0]!;
    for (const cosine of cosines) largest = Math.max(largest, cosine);
    // The largest is subtracted: its own term is 1, and exp cannot overflow.
    let partition = 0;
    for (const cosine of cosines) partition += Math.exp((cosine - largest) / temperature);
    confidences[i] = 1 / partition;
  }
  return confidences;
}
