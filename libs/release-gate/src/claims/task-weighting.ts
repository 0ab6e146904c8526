import { likeGroups, type Stratum } from '../bounds/group-strata.js';
import { poolGroups, type TaskGroups } from '../bounds/pool-groups.js';

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

/** The groups of several tasks, which share none, as those of one. */
export function poolTasks(tasks: readonly (readonly Stratum[])[]): readonly Stratum[] {
  return likeGroups(tasks.flat());
}

/** The groups of a set of tasks, by their indices, as those of one. */
export type PoolSet = (set: readonly number[]) => readonly Stratum[];

/** Pools sets of tasks that share groups: {@link poolGroups}. */
export function poolShared(tasks: readonly TaskGroups[], weighting: Weighting): PoolSet {
  const weighed = tasks.map(({ groups, largest }): TaskGroups => {
    if (weighting === 'images') return { groups, largest };
    const images = groups.reduce((sum, { size }) => sum + size, 0);
    const divide = ({ name, size, change }: TaskGroups['groups'][number]) => ({
      name,
      size: size / images,
      change: change / images,
    });
    return { groups: groups.map(divide), largest: largest / images };
  });
  // In one order: sums of shares are rounded.
  return (set) => poolGroups([...set].sort((a, b) => a - b).map((index) => weighed[index]!));
}
