import { gaffkeLowerBound, gaffkePValue } from '../bounds/gaffke-bound.js';
import { meanChange, type Stratum } from '../bounds/group-strata.js';
import { searchSets } from './search-sets.js';
import { type PoolSet, poolTasks } from './task-weighting.js';

/** The lower bound of the mean change of any so many tasks. */
export interface SetsBound {
  /** No set's own lower bound is below it. */
  readonly lowerBound: number;
  /** True if it is a set's own; false where sets were too many to tell, and it may lie below all. */
  readonly isExact: boolean;
  /** Indices of the set with the lowest bound that was found. */
  readonly worstSet: readonly number[];
  /** That set's own bound. */
  readonly worstSetBound: number;
}

/** p-values that a search may compute, and each of those that follow where it does not end. */
export const evaluationsMax = 2000;
const laterEvaluationsMax = 100;

/** A bound that is not exact is found to within this. */
const resolution = 1e-4;

/**
 * The one-sided lower bound, at `level`, of the mean change of any `setSize` of the tasks: the least of
 * Gaffke's bounds for the pooled groups of every set.
 *
 * That every set's mean change is above it is false as soon as one is not, and that set is excluded with
 * probability `level` at most: no correction for the number of sets (intersection-union; Berger 1982).
 *
 * @param tasks groups of each task, weighed as the mean weighs them.
 * @param pool how sets are pooled of tasks that share groups; absent: they share none. Of too many sets of such tasks the bound is
 *   the lowest of the tasks' own: no mean is below the lowest change.
 */
export function boundSets(
  tasks: readonly (readonly Stratum[])[],
  setSize: number,
  level: number,
  pool?: PoolSet,
): SetsBound {
  const boundSet = (set: readonly number[]) =>
    gaffkeLowerBound(pool?.(set) ?? poolTasks(set.map((index) => tasks[index]!)), level);
  let worstSet = guessWorstSet(tasks, setSize, level);
  let worstSetBound = boundSet(worstSet);
  while (setSize < tasks.length) {
    const question = { setSize, delta: worstSetBound, level, evaluationsMax, pool };
    const answer = searchSets(tasks, question);
    if (answer === 'unknown') {
      const lowerBound = pool
        ? Math.min(...tasks.map((strata) => gaffkeLowerBound(strata, level)))
        : boundWithoutSearch(tasks, setSize, { level, end: worstSetBound });
      return { lowerBound, isExact: false, worstSet, worstSetBound };
    }
    if (answer === 'none') break;
    const lower = boundSet(answer.set);
    // Equal to rounding.
    if (lower >= worstSetBound) break;
    [worstSet, worstSetBound] = [answer.set, lower];
  }
  return { lowerBound: worstSetBound, isExact: true, worstSet, worstSetBound };
}

/** The tasks that speak least against the bound of the one that lost most. */
function guessWorstSet(
  tasks: readonly (readonly Stratum[])[],
  setSize: number,
  level: number,
): readonly number[] {
  const all = tasks.map((_, index) => index);
  if (setSize === tasks.length) return all;
  const means = tasks.map(meanChange);
  const lost = means.indexOf(Math.min(...means));
  const delta = gaffkeLowerBound(tasks[lost]!, level);
  const pValues = tasks.map((strata) => gaffkePValue(strata, delta));
  return all.sort((a, b) => pValues[b]! - pValues[a]! || means[a]! - means[b]!).slice(0, setSize);
}

/** The largest mean change, to within the resolution, of which a short search proves that no set lies below. */
function boundWithoutSearch(
  tasks: readonly (readonly Stratum[])[],
  setSize: number,
  { level, end }: { readonly level: number; readonly end: number },
): number {
  let [low, high] = [-1, end];
  while (high - low > resolution) {
    const delta = (low + high) / 2;
    const question = { setSize, delta, level, evaluationsMax: laterEvaluationsMax };
    if (searchSets(tasks, question) === 'none') low = delta;
    else high = delta;
  }
  return low;
}
