import { collectStrata } from '../bounds/group-strata.js';
import { listGroups, shareGroups } from '../bounds/pool-groups.js';
import type { Policy, TaskJudgement } from '../task/task-judgement.js';
import { evaluationsMax } from './bound-sets.js';
import type { Claim, ClaimJudgement } from './claim-judgement.js';
import { countSets } from './count-sets.js';
import { describeClaim, describeStrictClaim } from './describe-claim.js';
import { judgeClaim } from './judge-claim.js';

/** Numbers of tasks of which the mean is told even where no claim was stated. */
const toldCounts = [2, 3];

/** Among more tasks, means of few are bounded only where a claim asks for it: they can take a minute. Of tasks that share groups, among more sets than are looked at. */
const toldTotalMax = 300;

/**
 * Judges the claims stated about several tasks, and tells of any two, any three and all together what
 * the data say where nothing was stated: fewer tasks first.
 *
 * @param tasks the protected tasks, judged by themselves.
 * @returns nothing for a single task.
 */
export function judgeClaims(
  tasks: readonly TaskJudgement[],
  claims: readonly Claim[],
  { level, policy }: { readonly level: number; readonly policy: Policy },
): ClaimJudgement[] {
  const total = tasks.length;
  if (total < 2) return [];
  const isShared = shareGroups(tasks.map(({ comparison }) => comparison));
  const told = toldCounts.filter((count) =>
    isShared ? countSets(total, count) <= evaluationsMax : total <= toldTotalMax,
  );
  const counts = new Set([...told, total, ...claims.map(({ taskCount }) => taskCount)]);
  const pooled = tasks.map(({ task, comparison }) => ({
    task,
    strata: collectStrata(comparison),
    shared: isShared ? listGroups(comparison) : undefined,
    isIncomplete: comparison.missing !== undefined,
  }));
  const context = {
    hiddenDrop: Math.max(0, ...tasks.map(({ estimate }) => -estimate.lowerBound)),
    unit: tasks.every(({ comparison: c }) => c.groupCount === c.exampleCount)
      ? ('example' as const)
      : ('group' as const),
  };
  return [...counts]
    .filter((taskCount) => taskCount <= total)
    .sort((a, b) => a - b)
    .map((taskCount) => {
      const tolerance = claims.find((claim) => claim.taskCount === taskCount)?.tolerance;
      const claim = judgeClaim(pooled, { taskCount, tolerance, level, policy });
      const isStrict = policy === 'strict' && tolerance !== undefined;
      return {
        ...claim,
        reason: isStrict ? describeStrictClaim(claim) : describeClaim(claim, context),
      };
    });
}
