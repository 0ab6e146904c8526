/** Predictions and the truth, by example. */
export interface LabelledPredictions {
  /** [n] true classes. */
  readonly labels: ArrayLike<number>;
  /** [n] predicted classes. */
  readonly predictions: ArrayLike<number>;
}

/**
 * The share of predictions that equal their label, in [0, 1].
 *
 * @throws RangeError if there is no example or the lengths differ.
 */
export function accuracy({ labels, predictions }: LabelledPredictions): number {
  if (labels.length !== predictions.length) {
    throw new RangeError(`${labels.length} labels, but ${predictions.length} predictions`);
  }
  if (labels.length === 0) throw new RangeError('accuracy needs an example');
  let correct = 0;
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === predictions[i]) correct += 1;
  return correct / labels.length;
}
