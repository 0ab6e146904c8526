import type { TaskMeasurement } from './version.js';

/** Where a true change probably lies: about normal with this mean and variance. */
export interface EstimatedChange {
  readonly mean: number;
  readonly variance: number;
}

/** What a change is estimated from. */
export type ObservedChange = Pick<TaskMeasurement, 'change' | 'groups' | 'groupVariance'>;

/**
 * Groups that the tasks' common variance counts as, beside a task's own: few groups without a flip do
 * not show that there are none. From ten groups on a task's own variance weighs more.
 */
const commonGroups = 10;

/**
 * Shrinks each task's variance towards what a group contributes in all tasks.
 *
 *   v_k <- (G_k v_k + 10 v) / (G_k + 10),   v = sum_k G_k v_k / sum_k G_k
 */
export function shrinkVariances<T extends ObservedChange>(observed: readonly T[]): T[] {
  const groups = sum(observed.map((task) => task.groups));
  const common = sum(observed.map((task) => task.groups * task.groupVariance)) / groups;
  return observed.map((task) => ({
    ...task,
    groupVariance:
      (task.groups * task.groupVariance + commonGroups * common) / (task.groups + commonGroups),
  }));
}

/**
 * Where each task's true change probably lies: what steering data show of it, shrunk towards the mean
 * of all tasks as far as they differ no more than their noise explains (empirical Bayes).
 *
 *   s_k^2 = v_k / G_k,   w_k = 1 / s_k^2,   m = sum w_k d_k / sum w_k
 *   T^2   = max(0, (sum w_k (d_k - m)^2 - (K - 1)) / (sum w_k - sum w_k^2 / sum w_k))
 *   p_k   = 1 / (s_k^2 + T^2),   mu = sum p_k d_k / sum p_k,   B_k = s_k^2 p_k
 *   mean_k = B_k mu + (1 - B_k) d_k,   variance_k = (1 - B_k) s_k^2 + B_k^2 / sum p_k
 *
 * Where nothing flipped in any task the means and variances are 0.
 * Sources: R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986) 177-188 (T^2); C. N. Morris,
 * JASA 78 (1983) 47-55 (the shrinkage, its variance without the part of T^2's own uncertainty).
 */
export function estimateChanges(observed: readonly ObservedChange[]): EstimatedChange[] {
  const noise = observed.map(({ groupVariance, groups }) => groupVariance / groups);
  // Shrunk variances are 0 for all tasks or for none.
  if (noise.some((variance) => variance === 0)) {
    return observed.map(({ change }) => ({ mean: change, variance: 0 }));
  }
  const between = estimateBetweenVariance(observed, noise);
  const precisions = noise.map((variance) => 1 / (variance + between));
  const total = sum(precisions);
  const centre = sum(observed.map(({ change }, k) => precisions[k]! * change)) / total;
  return observed.map(({ change }, k) => {
    const shrinkage = noise[k]! * precisions[k]!;
    return {
      mean: shrinkage * centre + (1 - shrinkage) * change,
      variance: (1 - shrinkage) * noise[k]! + shrinkage ** 2 / total,
    };
  });
}

function estimateBetweenVariance(
  observed: readonly ObservedChange[],
  noise: readonly number[],
): number {
  if (observed.length < 2) return 0;
  const weights = noise.map((variance) => 1 / variance);
  const total = sum(weights);
  const mean = sum(observed.map(({ change }, k) => weights[k]! * change)) / total;
  const spread = sum(observed.map(({ change }, k) => weights[k]! * (change - mean) ** 2));
  const scale = total - sum(weights.map((weight) => weight ** 2)) / total;
  return Math.max(0, (spread - (observed.length - 1)) / scale);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
