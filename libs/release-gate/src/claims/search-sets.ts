import { gaffkePValue } from '../bounds/gaffke-bound.js';
import type { Stratum } from '../bounds/group-strata.js';
import { computeChernoffFactors } from './chernoff-factors.js';
import { listWorseTasks } from './list-worse-tasks.js';
import { type PoolSet, poolTasks } from './task-weighting.js';

/** What is asked of every set. */
export interface SetQuestion {
  /** r: tasks in a set. */
  readonly setSize: number;
  /** The mean change in question. */
  readonly delta: number;
  readonly level: number;
  /** p-values that may be computed. */
  readonly evaluationsMax: number;
  /** How sets are pooled of tasks that share groups; absent: they share none. */
  readonly pool?: PoolSet | undefined;
}

/** `none`: proven that no set's p-value is above the level; `unknown`: that took too many evaluations. */
export type SetAnswer = 'none' | 'unknown' | { readonly set: readonly number[] };

/** Sets, whole or begun, that may be looked at for each evaluation. */
const visitsPerEvaluation = 500;

/**
 * Looks for a set of tasks whose pooled groups do not exclude a mean change of `delta` or less: whose
 * Gaffke p-value is above the level.
 *
 * Sets are built task by task. A begun set is left where no completion can have a p-value above the
 * level, by {@link computeChernoffFactors}; and where it has a task but not one that is worse
 * ({@link listWorseTasks}), since with that in its place the p-value is no smaller. What remains is
 * computed. Leaving out can only cost time, never a set. Both ways take tasks for independent: where they share groups, every set is
 * computed.
 *
 * @param tasks groups of each task, weighed as the mean weighs them.
 */
export function searchSets(
  tasks: readonly (readonly Stratum[])[],
  { setSize, delta, level, evaluationsMax, pool }: SetQuestion,
): SetAnswer {
  const order = orderWorstFirst(tasks, delta);
  const ordered = order.map((index) => tasks[index]!);
  // A task with as many worse ones as a set has places is in no set that is looked at.
  const worse = pool ? undefined : listWorseTasks(ordered, { delta, countMax: setSize });
  const found = pool ? [] : computeChernoffFactors(ordered, delta);
  const factors = found.map(({ tasks: f, unseen }) => ({
    f,
    unseen,
    bestLeft: sumBestLeft(f, setSize),
  }));
  const logLevel = Math.log(level);
  const chosen: number[] = [];
  let evaluationsLeft = evaluationsMax;
  let visitsLeft = evaluationsMax * visitsPerEvaluation;

  /** Whether no completion with tasks from `next` on can have a p-value above the level. */
  const isHopeless = (next: number) =>
    factors.some(({ f, unseen, bestLeft }) => {
      // The first task has the largest group.
      let sum = unseen[chosen[0]!]! + bestLeft[setSize - chosen.length]![next]!;
      for (const index of chosen) sum += f[index]!;
      return sum <= logLevel;
    });
  const extend = (start: number): SetAnswer => {
    for (let k = start; k <= ordered.length - (setSize - chosen.length); k += 1) {
      if (visitsLeft-- <= 0) return 'unknown';
      const worseOnes = worse?.[k] ?? [];
      if (worseOnes.length > chosen.length) continue;
      if (!worseOnes.every((j) => chosen.includes(j))) continue;
      chosen.push(k);
      const answer = isHopeless(k + 1) ? 'none' : weighChosen(k + 1);
      if (answer !== 'none') return answer;
      chosen.pop();
    }
    return 'none';
  };
  const weighChosen = (next: number): SetAnswer => {
    if (chosen.length < setSize) return extend(next);
    if (evaluationsLeft-- <= 0) return 'unknown';
    const set = chosen.map((index) => order[index]!);
    const pooled = pool?.(set) ?? poolTasks(chosen.map((index) => ordered[index]!));
    return gaffkePValue(pooled, delta) > level + rounding ? { set } : 'none';
  };
  return extend(0);
}

/** p-values that differ by less than this are equal: ten times their own error. */
const rounding = 1e-11;

/** Largest groups first, and of those the lower sum: a worse task then comes before a better one. */
function orderWorstFirst(tasks: readonly (readonly Stratum[])[], delta: number): readonly number[] {
  const keys = tasks.map((strata, index) => ({
    index,
    largest: Math.max(...strata.map(({ size }) => size)),
    sum: strata.reduce((sum, { size, change, count }) => sum + count * (change - delta * size), 0),
  }));
  return keys
    .sort((a, b) => b.largest - a.largest || a.sum - b.sum || a.index - b.index)
    .map(({ index }) => index);
}

/** [m][start]: the sum of the m largest factors of the tasks from `start` on; -infinity where there are fewer. */
function sumBestLeft(factors: Float64Array, countMax: number): readonly Float64Array[] {
  const sums = Array.from({ length: countMax + 1 }, (_, m) =>
    new Float64Array(factors.length + 1).fill(m === 0 ? 0 : Number.NEGATIVE_INFINITY),
  );
  const best: number[] = [];
  for (let start = factors.length - 1; start >= 0; start -= 1) {
    const place = best.findIndex((factor) => factor < factors[start]!);
    best.splice(place < 0 ? best.length : place, 0, factors[start]!);
    if (best.length > countMax) best.pop();
    let sum = 0;
    best.forEach((factor, i) => {
      sum += factor;
      sums[i + 1]![start] = sum;
    });
  }
  return sums;
}
