import { gaffkeLowerBound, gaffkePValue } from '../bounds/gaffke-bound.js';
import { meanChange, type Stratum } from '../bounds/group-strata.js';
import type { TaskGroups } from '../bounds/pool-groups.js';
import { drawConfidenceCurve } from '../evidence/confidence-curve.js';
import { countMoreNeeded } from '../task/count-more-needed.js';
import type { Policy, Verdict } from '../task/task-judgement.js';
import { boundSets } from './bound-sets.js';
import type { ClaimJudgement } from './claim-judgement.js';
import { countSets } from './count-sets.js';
import { findLowestMean } from './lowest-mean.js';
import { poolShared, poolTasks, type Weighting, weighTask, weightings } from './task-weighting.js';

/** A protected task as a claim sees it. */
export interface ClaimTask {
  readonly task: string;
  readonly strata: readonly Stratum[];
  /** Given for all tasks where some share groups. */
  readonly shared?: TaskGroups | undefined;
  /** Whether labels are missing, so that no upper bound holds and no gain is shown. */
  readonly isIncomplete?: boolean;
}

/** A claim, or a number of tasks of which one is only told. */
export interface ClaimQuestion {
  readonly taskCount: number;
  readonly tolerance: number | undefined;
  readonly level: number;
  readonly policy: Policy;
}

/**
 * Judges "the mean change of any r tasks is above -tolerance".
 *
 *   evidence:  RETAINED   lower bound of every r tasks >= -tolerance
 *              REGRESSED  upper bound of some r tasks  <  -tolerance
 *              UNDECIDED  else
 *   strict:    RETAINED   every mean observed >= 0, else REGRESSED (where labels are missing: UNDECIDED)
 *
 * All bounds are Gaffke's for the pooled groups; where images are independent, each is a group, and one that has images of several
 * tasks is one. Where labels are missing, means by tasks are bounded by the lowest of the tasks' own bounds. The upper bound is that of
 * the r tasks whose mean is the lowest observed, at level / (2 sets): they were chosen by the same data among all sets and both means.
 */
export function judgeClaim(
  tasks: readonly ClaimTask[],
  question: ClaimQuestion,
): Omit<ClaimJudgement, 'reason'> {
  const { taskCount, tolerance } = question;
  const isIncomplete = tasks.some((task) => task.isIncomplete);
  const measured = weightings.map((weighting) =>
    // Where not all images count, a gain is divided by too few; no mean by tasks is below the lowest task.
    isIncomplete && weighting === 'tasks'
      ? { ...measureSets(tasks, weighting, { ...question, taskCount: 1 }), isExact: false }
      : measureSets(tasks, weighting, question),
  );
  const [worst, other] = [...measured].sort((a, b) => a.lowerBound - b.lowerBound);
  const shown = other!.upperBound < worst!.upperBound ? other! : worst!;
  const nameTasks = (set: readonly number[]) => set.map((index) => tasks[index]!.task);
  const figures = {
    accuracyChange: Math.min(worst!.lowest.mean, other!.lowest.mean),
    lowerBound: isIncomplete ? Math.min(0, worst!.lowerBound) : worst!.lowerBound,
    upperBound: isIncomplete ? 1 : shown.upperBound,
  };
  const verdict =
    tolerance === undefined ? undefined : decide(figures, { ...question, tolerance, isIncomplete });
  return {
    taskCount,
    taskTotal: tasks.length,
    tolerance,
    verdict,
    ...figures,
    lostMost: { tasks: nameTasks(shown.lowest.set), accuracyChange: shown.lowest.mean },
    isExact: worst!.isExact,
    worstTasksBound: worst!.worstSetBound,
    worstTasks: nameTasks(worst!.worstSet),
    weighting: worst!.weighting,
    moreNeeded: verdict === 'UNDECIDED' ? countMoreGroups(worst!.pooled, question) : 0,
    confidence:
      taskCount === tasks.length
        ? drawConfidenceCurve((drop) =>
            Math.max(...measured.map(({ excessPValue }) => excessPValue(drop))),
          )
        : [],
  };
}

function measureSets(
  tasks: readonly ClaimTask[],
  weighting: Weighting,
  { taskCount, level }: ClaimQuestion,
) {
  const weighed = tasks.map(({ strata }) => weighTask(strata, weighting));
  const groups = tasks.flatMap(({ shared }) => shared ?? []);
  const sharing = groups.length > 0 ? poolShared(groups, weighting) : undefined;
  const pool =
    sharing ?? ((set: readonly number[]) => poolTasks(set.map((index) => weighed[index]!)));
  const bound = boundSets(weighed, taskCount, level, sharing);
  const lowest = findLowestMean(weighed, taskCount);
  // Half of thousands of tasks have more sets than a float64 counts: no level is 0.
  const correctedLevel = Math.max(level / (2 * countSets(tasks.length, taskCount)), 1e-300);
  const pooled = pool(bound.worstSet);
  const curve = taskCount === 1 ? weighed : [pooled];
  return {
    weighting,
    ...bound,
    pooled,
    excessPValue: (drop: number) => Math.max(...curve.map((strata) => gaffkePValue(strata, -drop))),
    lowest,
    upperBound: -gaffkeLowerBound(negate(pool(lowest.set)), correctedLevel),
  };
}

function negate(strata: readonly Stratum[]): readonly Stratum[] {
  return strata.map((stratum) => ({ ...stratum, change: -stratum.change }));
}

function decide(
  figures: Pick<ClaimJudgement, 'accuracyChange' | 'lowerBound' | 'upperBound'>,
  {
    tolerance,
    policy,
    isIncomplete,
  }: ClaimQuestion & { readonly tolerance: number; readonly isIncomplete: boolean },
): Verdict {
  if (policy === 'strict') {
    if (figures.accuracyChange >= 0) return 'RETAINED';
    // A label that is missing may show that nothing was lost.
    return isIncomplete ? 'UNDECIDED' : 'REGRESSED';
  }
  if (figures.lowerBound >= -tolerance) return 'RETAINED';
  return figures.upperBound < -tolerance ? 'REGRESSED' : 'UNDECIDED';
}

function countMoreGroups(
  pooled: readonly Stratum[],
  { tolerance = 0, level }: ClaimQuestion,
): number {
  const scale = (by: number) =>
    pooled.map((stratum) => ({ ...stratum, count: stratum.count * by }));
  return countMoreNeeded(
    { wouldRetain: (drop, by) => gaffkePValue(scale(by), -drop.tolerance) <= drop.level },
    { tolerance, level },
    {
      units: pooled.reduce((sum, stratum) => sum + stratum.count, 0),
      change: meanChange(pooled),
    },
  );
}
