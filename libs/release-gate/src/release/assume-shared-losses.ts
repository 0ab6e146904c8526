import type { PairedComparison } from '@holdfast/metrics';
import { gaffkeLowerBound } from '../bounds/gaffke-bound.js';
import { collectStrata } from '../bounds/group-strata.js';
import { listGroups, poolGroups } from '../bounds/pool-groups.js';

/** What every task's bound would be under an assumption that no data can show. */
export interface AssumedBound {
  /** c: no task's groups suffer large losses more than c times as often as those of all tasks. */
  readonly rateRatio: number;
  /** The lowest of the tasks' lower bounds under the assumption. */
  readonly lowerBound: number;
}

const rateRatios = [1, 2, 3, 9];

/** Part of the level that the pooled rate takes; the task's own bound takes the rest. */
const rateShare = 0.2;

/**
 * How far a lower bound of every task rests on large losses that few groups cannot show: the bound if no
 * task had more than c times its share of them. For reading only; no verdict rests on it.
 *
 * A group suffers a large loss if it loses more than half: d_g < -n_g / 2. Let lambda_k be the part of the
 * images of task k in such groups and lambda that of all tasks; *assume* lambda_k <= c lambda. With the
 * changes cut off at half a loss, y_g = max(d_g, -n_g / 2), d_g >= y_g - n_g / 2 where the loss is large, so
 *
 *   Delta_k >= E y / E n - lambda_k / 2 >= L_y - min(1, c U) / 2
 *
 * L_y: Gaffke's lower bound of the cut-off mean at 4/5 level, whose unseen group loses half; U: his upper
 * bound of lambda at level / 5. Where c is the number of tasks, of equal size, nothing is assumed.
 */
export function assumeSharedLosses(
  comparisons: readonly Pick<PairedComparison, 'groups' | 'missing'>[],
  level: number,
): AssumedBound[] {
  const losses = comparisons.map(listGroups).map(({ groups, largest }) => ({
    groups: groups.map((group) => ({
      ...group,
      change: group.change < -group.size / 2 ? -group.size : 0,
    })),
    largest,
  }));
  const rateMax = -gaffkeLowerBound(poolGroups(losses), rateShare * level);
  const cutBounds = comparisons.map((comparison) =>
    gaffkeLowerBound(
      collectStrata(comparison).map((stratum) => ({
        ...stratum,
        change: Math.max(stratum.change, -stratum.size / 2),
      })),
      (1 - rateShare) * level,
      -0.5,
    ),
  );
  const worst = Math.min(...cutBounds);
  return rateRatios.map((rateRatio) => ({
    rateRatio,
    lowerBound: worst - Math.min(1, rateRatio * rateMax) / 2,
  }));
}
