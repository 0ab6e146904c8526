import type { Stratum } from '../bounds/group-strata.js';

/** Groups of one task that weigh alike. */
interface LikeGroups {
  readonly weight: number;
  readonly count: number;
}

/**
 * For each task, those that are worse at `delta` whatever the random weights, the first `countMax` of them: put in
 * its place, they make Gaffke's p-value of a set no smaller.
 *
 * Let x_k(1) <= ... <= x_k(m) be the d_g - delta n_g of task k's groups in order, padded with zeros to one
 * length. If x_j(i) <= x_k(i) for all i then sum_i E_i x_j(i) <= sum_i E_i x_k(i) for every E >= 0, and if
 * j's largest group is no smaller either, so is the unseen group's part. Zeros change no sum, so tasks may
 * have different numbers of groups.
 *
 * @param tasks in an order in which a worse task comes before a better one; of equal ones the first counts as worse
 */
export function listWorseTasks(
  tasks: readonly (readonly Stratum[])[],
  { delta, countMax }: { readonly delta: number; readonly countMax: number },
): readonly (readonly number[])[] {
  const groupsMax = Math.max(...tasks.map(countGroups));
  const ordered = tasks.map((strata) => orderGroups(strata, delta, groupsMax));
  const largest = tasks.map((strata) => Math.max(...strata.map(({ size }) => size)));
  return tasks.map((_, k) => {
    const worse: number[] = [];
    for (let j = 0; j < k && worse.length < countMax; j += 1) {
      if (largest[j]! >= largest[k]! && isBelow(ordered[j]!, ordered[k]!)) worse.push(j);
    }
    return worse;
  });
}

/** Whether each of the groups of `a`, in order, weighs no more than that of `b` in its place. */
function isBelow(a: readonly LikeGroups[], b: readonly LikeGroups[]): boolean {
  let [i, j] = [0, 0];
  let [leftOfA, leftOfB] = [a[0]!.count, b[0]!.count];
  for (;;) {
    if (a[i]!.weight > b[j]!.weight) return false;
    const step = Math.min(leftOfA, leftOfB);
    leftOfA -= step;
    leftOfB -= step;
    if (leftOfA === 0) leftOfA = a[++i]?.count ?? 0;
    if (leftOfB === 0) leftOfB = b[++j]?.count ?? 0;
    if (i === a.length || j === b.length) return true;
  }
}

function countGroups(strata: readonly Stratum[]): number {
  return strata.reduce((sum, { count }) => sum + count, 0);
}

function orderGroups(strata: readonly Stratum[], delta: number, length: number): LikeGroups[] {
  const groups = strata.map(({ size, change, count }) => ({
    weight: change - delta * size,
    count,
  }));
  const missing = length - countGroups(strata);
  if (missing > 0) groups.push({ weight: 0, count: missing });
  return groups.sort((a, b) => a.weight - b.weight);
}
