import type { LabelledPredictions } from './accuracy.js';

/**
 * Counts of examples by true and predicted class.
 *
 * Shapes: the result is [classes][classes]; row = true class, column = predicted class.
 * @throws RangeError if the lengths differ or an index is not below `classes`.
 */
export function confusionMatrix(
  { labels, predictions }: LabelledPredictions,
  classes: number,
): number[][] {
  if (labels.length !== predictions.length) {
    throw new RangeError(`${labels.length} labels, but ${predictions.length} predictions`);
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i += 1) {
    const row = counts[labels[i]!];
    const predicted = predictions[i]!;
    if (row?.[predicted] === undefined) {
      throw new RangeError(
        `example ${i}: label ${labels[i]} or prediction ${predicted} is not one of ${classes} classes`,
      );
    }
    row[predicted] += 1;
  }
  return counts;
}
