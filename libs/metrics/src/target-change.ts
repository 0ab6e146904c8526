/**
 * What the targets of a run gained, in the mean: 1/n sum_i Delta Acc_i over its n targets; a fraction. Of one target its change, of none 0.
 */
export function targetChange(targets: readonly { readonly accuracyChange: number }[]): number {
  const sum = targets.reduce((total, { accuracyChange }) => total + accuracyChange, 0);
  return sum / Math.max(1, targets.length);
}
