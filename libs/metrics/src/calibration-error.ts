/** Bins of the expected calibration error, as in its source. */
export const calibrationBins = 15;

/** How sure a model was of its answers, and which of them are right. */
export interface CalibrationInput {
  /** [n], each in [0, 1]. */
  readonly confidences: ArrayLike<number>;
  /** [n]. */
  readonly isRight: ArrayLike<boolean>;
  /** Of equal width; default 15. */
  readonly bins?: number;
}

/**
 * The expected calibration error: how far confidence lies from accuracy, over bins of equal width ((b - 1) / B, b / B].
 *
 *   ECE = sum_b n_b / n |accuracy_b - confidence_b|
 *
 * In [0, 1]; 0 where the answers given with probability p are right in a share p of cases.
 *
 * Source: Guo and others, On Calibration of Modern Neural Networks, arXiv 1706.04599.
 * @throws RangeError if there is no answer, the lengths differ, a confidence is outside [0, 1] or there is no bin.
 */
export function calibrationError({
  confidences,
  isRight,
  bins = calibrationBins,
}: CalibrationInput): number {
  const { length } = confidences;
  if (length === 0) throw new RangeError('a calibration error needs an answer');
  if (isRight.length !== length) {
    throw new RangeError(`${length} confidences, but ${isRight.length} answers`);
  }
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`bins must be 1 or more: ${bins}`);
  // Of each bin: right answers less the confidence in all of them.
  const gaps = new Float64Array(bins);
  for (let i = 0; i < length; i += 1) {
    const confidence = confidences[i]!;
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new RangeError(`the confidence of answer ${i} is ${confidence}`);
    }
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1);
    gaps[bin]! += (isRight[i] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / length;
}
