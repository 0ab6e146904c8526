import { checkEmbeddings, type Embeddings, fillCosines } from './embeddings.js';

/**
 * The class of each image: the row of the classifier with the largest cosine, the lowest index
 * among equals.
 *
 *   prediction_i = argmax_c <image_i, classifier_c>
 *
 * Shapes: `images` [n, d], `classifier` [classes, d]; the result is [n].
 * @throws RangeError if shapes disagree or a cosine is not finite.
 */
export function predictClasses(images: Embeddings, classifier: Embeddings): Uint32Array {
  checkEmbeddings(images, classifier);
  const predictions = new Uint32Array(images.rows);
  const cosines = new Float64Array(classifier.rows);
  for (let i = 0; i < images.rows; i += 1) {
    fillCosines(i, images, classifier, cosines);
    let best = 0;
    for (let c = 1; c < cosines.length; c += 1) {
      if (cosines[c]! > cosines[best]!) best = c;
    }
    predictions[i] = best;
  }
  return predictions;
}
