import { moreNeededMax } from './count-more-needed.js';
import { hasNothingToLose } from './has-nothing-to-lose.js';
import { count, signed, trimmed } from './points.js';
import type { Policy, TaskJudgement } from './task-judgement.js';

/** What a task's sentence needs to know of the whole judgement. */
export interface VerdictContext {
  readonly policy: Policy;
  readonly level: number;
  /** Protected tasks. */
  readonly taskCount: number;
}

/**
 * The verdict on a task in one sentence, in percentage points: "'speed limit 50' lost 6.1 points
 * (bounds -9.0 to -3.2), more than the 5 points tolerated." A ceiling: "grew by 6.1 points".
 */
export function describeTaskVerdict(judgement: TaskJudgement, context: VerdictContext): string {
  const sentence = describeRuling(judgement, context);
  if (!hasNothingToLose(judgement, context.policy)) return sentence;
  const right = `${(100 * judgement.comparison.referenceAccuracy).toFixed(1)} %`;
  const what = judgement.ceiling ? 'growth' : 'loss';
  const beyond = context.policy === 'strict' ? '' : ' beyond what is tolerated';
  return `${sentence} The old model gets ${right} of it right, so that no ${what}${beyond} can show: nothing is protected here.`;
}

function describeRuling(judgement: TaskJudgement, context: VerdictContext): string {
  const { task, comparison, estimate, tolerance, verdict, ceiling } = judgement;
  const said = comparison.missing ? describeFlips(comparison) : describeChange(judgement);
  const change = `'${task}' ${said}`;
  const what = ceiling ? 'growth' : 'loss';
  if (context.policy === 'strict') {
    if (verdict === 'RETAINED') return `${change}; the strict policy asks for no ${what}.`;
    if (verdict === 'UNDECIDED') return `${change}; labels are missing.`;
    return `${change}, and the strict policy tolerates no ${what}.`;
  }
  const { lowerBound, upperBound } = estimate;
  const bounded = comparison.missing
    ? `${change} (lower bound ${signed(lowerBound)})`
    : `${change} (bounds ${signed(lowerBound)} to ${signed(upperBound)})`;
  const limit = `the ${count(trimmed(tolerance), 'point')} tolerated`;
  if (verdict === 'RETAINED')
    return `${bounded}: ${ceiling ? 'growth' : 'a drop'} beyond ${limit} is ruled out.`;
  if (verdict === 'REGRESSED') return `${bounded}, more than ${limit}${doubt(judgement, context)}.`;
  return `${bounded}: ${describeDoubt(judgement, limit)}.`;
}

function describeDoubt({ comparison, moreNeeded, ceiling }: TaskJudgement, limit: string): string {
  const unit = comparison.groupCount === comparison.exampleCount ? 'example' : 'group';
  const seen = count(comparison.groupCount, unit);
  if (comparison.missing && moreNeeded === 0) {
    return `${seen} cannot rule out a drop beyond ${limit}; missing labels may`;
  }
  if (moreNeeded === 0) {
    return `${seen} cannot show whether that is beyond ${limit}, and no number of further ${unit}s like these would clear it`;
  }
  const more = moreNeeded >= moreNeededMax ? `more than ${moreNeededMax}` : `about ${moreNeeded}`;
  return `${seen} cannot rule out ${ceiling ? 'growth' : 'a drop'} beyond ${limit}; ${more} more like these would`;
}

/** A single task's finding among many may be chance: says so where Holm's correction undoes it. */
function doubt({ holmPValue }: TaskJudgement, { level, taskCount }: VerdictContext): string {
  if (holmPValue <= level) return '';
  return ` (by itself; among ${taskCount} tasks such a finding can be chance, Holm p = ${holmPValue.toFixed(2)})`;
}

/** Where labels are missing shares are not known, but flips are. */
function describeFlips({ negativeFlips, positiveFlips }: TaskJudgement['comparison']): string {
  return `lost ${count(String(negativeFlips), 'image')} at most and won ${positiveFlips}`;
}

function describeChange({ comparison, ceiling }: TaskJudgement): string {
  const { accuracyChange: change } = comparison;
  if (change === 0) return 'kept its accuracy';
  const points = `${(Math.abs(change) * 100).toFixed(1)} points`;
  if (change < 0) return `lost ${points}`;
  return ceiling ? `grew by ${points}` : `gained ${points}`;
}
