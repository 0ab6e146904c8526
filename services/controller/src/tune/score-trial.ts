/** What steering data say of a trial's last weights. */
export interface TrialMeasurement {
  /** Accuracy change of the target, a fraction. */
  readonly targetChange: number;
  /** Of each protected task: its accuracy change and the standard error of it, by groups. */
  readonly protectedChanges: readonly {
    readonly change: number;
    readonly standardError: number;
  }[];
}

/** What a lost point of a protected task is worth in points of the target. */
const lossWeight = 3;

/**
 *   score = target gain - 3 sum_k [-(change_k) - standard error_k]_+
 *
 * A fraction. A loss within its standard error is noise of few groups and costs nothing.
 */
export function scoreTrial({ targetChange, protectedChanges }: TrialMeasurement): number {
  const losses = protectedChanges.map(({ change, standardError }) =>
    Math.max(0, -change - standardError),
  );
  return targetChange - lossWeight * losses.reduce((sum, loss) => sum + loss, 0);
}
