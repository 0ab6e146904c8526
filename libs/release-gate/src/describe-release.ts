import type { Policy, TaskJudgement, Verdict } from './task-judgement.js';

/**
 * The verdict on the release in one sentence: the worst task's own where one regressed or is
 * undecided, with the number of the others.
 */
export function describeRelease(
  verdict: Verdict,
  tasks: readonly TaskJudgement[],
  policy: Policy,
): string {
  if (verdict === 'RETAINED') return describeRetained(tasks, policy);
  const concerned = tasks
    .filter((task) => task.verdict === verdict)
    .sort((a, b) => a.comparison.accuracyChange - b.comparison.accuracyChange);
  const worst = concerned[0]!.reason.replace(/\.$/, '');
  const others = concerned.slice(1).map(({ task }) => `'${task}'`);
  const opening = verdict === 'REGRESSED' ? 'Not released' : 'Not released, for want of evidence';
  if (others.length === 0) return `${opening}: ${worst}.`;
  const state = verdict === 'REGRESSED' ? 'regressed too' : 'undecided too';
  return `${opening}: ${worst}; ${state}: ${others.join(', ')}.`;
}

function describeRetained(tasks: readonly TaskJudgement[], policy: Policy): string {
  if (policy === 'strict') {
    return tasks.length === 1
      ? `Released: '${tasks[0]!.task}' did not lose accuracy.`
      : `Released: none of the ${tasks.length} protected tasks lost accuracy.`;
  }
  return tasks.length === 1
    ? `Released: ${tasks[0]!.reason}`
    : `Released: a drop beyond what is tolerated is ruled out for all ${tasks.length} protected tasks.`;
}
