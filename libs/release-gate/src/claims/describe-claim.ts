import { moreNeededMax } from '../task/count-more-needed.js';
import { count, trimmed, unsigned } from '../task/points.js';
import type { ClaimJudgement } from './claim-judgement.js';

/** What a claim's sentence needs to know beside it. */
export interface ClaimContext {
  /** The largest drop that no task's own bound excludes. */
  readonly hiddenDrop: number;
  /** What evidence counts: examples where they are independent, else groups. */
  readonly unit: 'example' | 'group';
}

/** "together, the 9 protected tasks", "any 3 of the 9 protected tasks". */
export function nameClaimSubject({
  taskCount,
  taskTotal,
}: Pick<ClaimJudgement, 'taskCount' | 'taskTotal'>): string {
  return taskCount === taskTotal
    ? `together, the ${taskTotal} protected tasks`
    : `any ${taskCount} of the ${taskTotal} protected tasks`;
}

/** "can have lost at most 0.6 points on average": what the lower bound says. */
export function describeLowerBound(lowerBound: number): string {
  return lowerBound >= 0.0005
    ? `gained at least ${unsigned(lowerBound)} points on average`
    : `can have lost at most ${unsigned(Math.min(0, lowerBound))} points on average`;
}

/** In a sentence or two, in percentage points: what a claim excludes and what it does not. */
export function describeClaim(claim: Omit<ClaimJudgement, 'reason'>, context: ClaimContext) {
  const subject = nameClaimSubject(claim);
  const opening = `${subject[0]!.toUpperCase()}${subject.slice(1)}`;
  const bounded = `${opening} ${describeLowerBound(claim.lowerBound)}${describeWorst(claim)}`;
  const hidden = `A single one of them can have lost up to ${unsigned(context.hiddenDrop)} points unseen.`;
  const limit = `the ${count(trimmed(claim.tolerance ?? 0), 'point')} claimed`;
  switch (claim.verdict) {
    case undefined:
      return `${bounded}. Not stated beforehand: this decides nothing.`;
    case 'RETAINED':
      return `${bounded}: a mean drop beyond ${limit} is ruled out. ${hidden}`;
    case 'REGRESSED':
      return `${nameLostMost(claim, opening)} lost at least ${unsigned(claim.upperBound)} points on average, ${unsigned(claim.lostMost.accuracyChange)} in these data: more than ${limit}.`;
    default:
      return `${bounded}: that does not rule out a mean drop beyond ${limit}; ${describeMore(claim, context)}`;
  }
}

/** The strict policy looks at the data alone. */
export function describeStrictClaim(claim: Omit<ClaimJudgement, 'reason'>): string {
  const subject = nameClaimSubject(claim);
  const opening = `${subject[0]!.toUpperCase()}${subject.slice(1)}`;
  return claim.accuracyChange >= 0
    ? `${opening} lost nothing on average in these data.`
    : `${opening} lost up to ${unsigned(claim.accuracyChange)} points on average in these data.`;
}

function describeWorst(claim: Omit<ClaimJudgement, 'reason'>): string {
  if (claim.worstTasks.length < claim.taskCount) {
    return ` (a limit: that of '${claim.worstTasks[0]}' by itself)`;
  }
  if (claim.taskCount === claim.taskTotal) return '';
  const names = claim.worstTasks.slice(0, namedMax).map((task) => `'${task}'`);
  if (claim.worstTasks.length > namedMax) names.push('...');
  return claim.isExact
    ? ` (the worst: ${names.join(', ')})`
    : ` (a limit; the worst tasks found, ${names.join(', ')}, at most ${unsigned(Math.min(0, claim.worstTasksBound))})`;
}

/** "'a' and 'b'", "'a', 'b', 'c', 'd', 'e' and 4 more". */
function nameLostMost(claim: Omit<ClaimJudgement, 'reason'>, everyone: string): string {
  if (claim.taskCount === claim.taskTotal) return everyone;
  const names = claim.lostMost.tasks.map((task) => `'${task}'`);
  const rest = names.length - namedMax;
  const last = rest > 0 ? `${rest} more` : names.at(-1);
  return `${names.slice(0, rest > 0 ? namedMax : -1).join(', ')} and ${last}`;
}

const namedMax = 5;

function describeMore({ moreNeeded }: Pick<ClaimJudgement, 'moreNeeded'>, { unit }: ClaimContext) {
  if (moreNeeded === 0) return `no number of further ${unit}s like these would.`;
  const more = moreNeeded >= moreNeededMax ? `more than ${moreNeededMax}` : `about ${moreNeeded}`;
  return `${more} more ${unit}s like these would.`;
}
