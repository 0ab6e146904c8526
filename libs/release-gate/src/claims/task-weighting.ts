import type { Stratum } from '../bounds/group-strata.js';

/** What a mean over several tasks counts alike: every image, or every task. */
export type Weighting = 'images' | 'tasks';

/** Both. */
export const weightings: readonly Weighting[] = ['images', 'tasks'];

/**
 * The groups of a task as they enter a mean over several: as they are where images count alike; with
 * size and change divided by the task's images n_k where tasks do, so that
 *
 *   sum_k sum_g d_g / n_k / sum_k sum_g n_g / n_k = 1/r sum_k Delta_k
 */
export function weighTask(strata: readonly Stratum[], weighting: Weighting): readonly Stratum[] {
  if (weighting === 'images') return strata;
  const images = strata.reduce((sum, { size, count }) => sum + size * count, 0);
  return strata.map(({ size, change, count }) => ({
    size: size / images,
    change: change / images,
    count,
  }));
}

/** The groups of several tasks as those of one, like ones together. */
export function poolTasks(tasks: readonly (readonly Stratum[])[]): readonly Stratum[] {
  const pooled = new Map<number, Map<number, { size: number; change: number; count: number }>>();
  for (const stratum of tasks.flat()) {
    const ofSize = pooled.get(stratum.size) ?? new Map();
    pooled.set(stratum.size, ofSize);
    const like = ofSize.get(stratum.change);
    if (like === undefined) ofSize.set(stratum.change, { ...stratum });
    else like.count += stratum.count;
  }
  return [...pooled.values()]
    .flatMap((ofSize) => [...ofSize.values()])
    .sort((a, b) => a.size - b.size || a.change - b.change);
}
