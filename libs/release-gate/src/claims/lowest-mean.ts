import type { Stratum } from '../bounds/group-strata.js';

/** The set of tasks whose mean change is the lowest observed. */
export interface LowestMean {
  readonly set: readonly number[];
  readonly mean: number;
}

/**
 * min over sets R of `setSize` tasks of sum_{k in R} d_k / sum_{k in R} n_k: from any mean on, the set of
 * the smallest d_k - mean n_k has a lower mean or is the lowest (Dinkelbach 1967).
 *
 * @param tasks groups of each task, weighed as the mean weighs them.
 */
export function findLowestMean(
  tasks: readonly (readonly Stratum[])[],
  setSize: number,
): LowestMean {
  const sums = tasks.map((strata, index) => ({
    index,
    size: strata.reduce((sum, { size, count }) => sum + size * count, 0),
    change: strata.reduce((sum, { change, count }) => sum + change * count, 0),
  }));
  let lowest: LowestMean = { set: [], mean: Number.POSITIVE_INFINITY };
  for (let mean = 0; ; mean = lowest.mean) {
    const set = [...sums]
      .sort((a, b) => a.change - mean * a.size - (b.change - mean * b.size) || a.index - b.index)
      .slice(0, setSize);
    const change = set.reduce((sum, task) => sum + task.change, 0);
    const size = set.reduce((sum, task) => sum + task.size, 0);
    if (!(change / size < lowest.mean)) return lowest;
    lowest = { set: set.map(({ index }) => index).sort((a, b) => a - b), mean: change / size };
  }
}
