/**
 * DevSafety(acc) = min over protected tasks of Delta Acc_k. Not negative: every protected task kept
 * its accuracy.
 *
 * Source: arXiv 2410.03955.
 * @throws RangeError if there is no task.
 */
export function devSafetyAccuracy(accuracyChanges: readonly number[]): number {
  if (accuracyChanges.length === 0) throw new RangeError('DevSafety needs a protected task');
  return accuracyChanges.reduce((least, change) => Math.min(least, change));
}

/**
 * DevSafety(loss) = - max over protected tasks of h_k = L_k(w) - L_k(w_old), in nats.
 *
 * @throws RangeError if there is no task.
 */
export function devSafetyLoss(lossChanges: readonly number[]): number {
  if (lossChanges.length === 0) throw new RangeError('DevSafety needs a protected task');
  // 0 - x, so that no change is 0 and not -0.
  return 0 - lossChanges.reduce((largest, change) => Math.max(largest, change));
}

/**
 * The share of runs with DevSafety(acc) >= 0, in [0, 1].
 *
 * @throws RangeError if there is no run.
 */
export function retentionRatio(devSafetyAccuracies: readonly number[]): number {
  if (devSafetyAccuracies.length === 0) throw new RangeError('a retention ratio needs a run');
  return devSafetyAccuracies.filter((value) => value >= 0).length / devSafetyAccuracies.length;
}
