import type { ClaimJudgement } from '../claims/claim-judgement.js';
import { describeLowerBound, nameClaimSubject } from '../claims/describe-claim.js';
import { asLoss } from '../task/as-loss.js';
import { hasNothingToLose } from '../task/has-nothing-to-lose.js';
import { count, trimmed, unsigned } from '../task/points.js';
import type { Policy, TaskJudgement, Verdict } from '../task/task-judgement.js';

/** Tasks and claims that are named one by one; of the others, how many. */
const namedMax = 10;

/** What a release's sentence tells of. */
export interface DescribedRelease {
  readonly verdict: Verdict;
  readonly tasks: readonly TaskJudgement[];
  readonly claims: readonly ClaimJudgement[];
}

/**
 * The verdict on the release in one sentence. Released: the sharpest claim that holds and what it leaves
 * open. Else the worst task's own sentence, with the names of the others and of the claims that do not hold.
 * Tasks that have nothing to lose are named, and not counted among those for which a loss is ruled out. Ceilings have a
 * sentence of their own.
 */
export function describeRelease(release: DescribedRelease, policy: Policy): string {
  const { verdict, tasks, claims } = release;
  if (verdict === 'RETAINED') {
    const floors = tasks.filter(({ ceiling }) => !ceiling);
    const ceilings = tasks.filter(({ ceiling }) => ceiling);
    return `${describeRetained(floors, claims, policy)}${describeCeilings(ceilings, policy)}`;
  }
  const concerned = tasks
    .filter((task) => task.verdict === verdict)
    .sort((a, b) => asLoss(a).change - asLoss(b).change);
  const failed = claims.filter((claim) => claim.verdict === verdict);
  const worst = (concerned[0]?.reason ?? lowerFirst(failed[0]!.reason)).replace(/\.$/, '');
  const others = [
    ...concerned.slice(1).map(({ task }) => `'${task}'`),
    ...(concerned.length > 0 ? failed : failed.slice(1)).map(nameClaimSubject),
  ];
  const opening = verdict === 'REGRESSED' ? 'Not released' : 'Not released, for want of evidence';
  if (others.length === 0) return `${opening}: ${worst}.`;
  const state = verdict === 'REGRESSED' ? 'regressed too' : 'undecided too';
  return `${opening}: ${worst}; ${state}: ${listSome(others)}.`;
}

function listSome(names: readonly string[]): string {
  const rest = names.length - namedMax;
  const named = names.slice(0, namedMax).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}

function describeRetained(
  tasks: readonly TaskJudgement[],
  claims: readonly ClaimJudgement[],
  policy: Policy,
): string {
  const vacuous = tasks.filter((task) => hasNothingToLose(task, policy));
  if (vacuous.length > 0 && tasks.length > 1) {
    const count = `${tasks.length - vacuous.length} of the ${tasks.length} protected tasks`;
    const ruledOut = policy === 'strict' ? 'a loss' : 'a drop beyond what is tolerated';
    const names = listSome(vacuous.map(({ task }) => `'${task}'`));
    return `Released: ${ruledOut} is ruled out for ${count}; not protected, because the old model gets too little of them right for a loss to show: ${names}.`;
  }
  if (policy === 'strict') {
    return tasks.length === 1
      ? `Released: ${vacuous.length > 0 ? tasks[0]!.reason : `'${tasks[0]!.task}' did not lose accuracy.`}`
      : `Released: none of the ${tasks.length} protected tasks lost accuracy.`;
  }
  if (tasks.length === 1) return `Released: ${tasks[0]!.reason}`;
  const stated = claims.filter((claim) => claim.tolerance !== undefined);
  if (stated.length === 0) {
    return `Released: a drop beyond what is tolerated is ruled out for all ${tasks.length} protected tasks.`;
  }
  const [sharpest, ...rest] = [...stated].sort((a, b) => b.lowerBound - a.lowerBound);
  const others = rest.map(
    ({ taskCount, lowerBound }) => `any ${taskCount} ${describeLowerBound(lowerBound)}`,
  );
  const hidden = Math.max(0, ...tasks.map(({ estimate }) => -estimate.lowerBound));
  const held = [
    `${nameClaimSubject(sharpest!)} ${describeLowerBound(sharpest!.lowerBound)}`,
    ...others,
  ];
  const [tolerance, ...different] = new Set(tasks.map((task) => task.tolerance));
  const allowed =
    different.length === 0 ? `, of the ${count(trimmed(tolerance!), 'point')} tolerated` : '';
  return `Released: ${held.join(', ')}; a single one can have lost up to ${unsigned(hidden)} points unseen${allowed}.`;
}

function describeCeilings(ceilings: readonly TaskJudgement[], policy: Policy): string {
  if (ceilings.length === 0) return '';
  const vacuous = ceilings.filter((task) => hasNothingToLose(task, policy));
  const total = ceilings.length;
  const whole = total === 1 ? `the ceiling '${ceilings[0]!.task}'` : `all ${total} ceilings`;
  const beyond = policy === 'strict' ? '' : ' beyond what is tolerated';
  const opening = ` Growth${beyond} is ruled out for`;
  if (vacuous.length === 0) return `${opening} ${whole}.`;
  const names = listSome(vacuous.map(({ task }) => `'${task}'`));
  return `${opening} ${total - vacuous.length} of ${total} ceilings; not held, because the old model gets too much of them right for growth to show: ${names}.`;
}

function lowerFirst(sentence: string): string {
  return `${sentence[0]!.toLowerCase()}${sentence.slice(1)}`;
}
