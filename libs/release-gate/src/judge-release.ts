import type { ChangeEvidence } from './change-evidence.js';
import { describeRelease } from './describe-release.js';
import { describeTaskVerdict } from './describe-verdict.js';
import { holmPValues } from './holm-p-values.js';
import { judgeTask } from './judge-task.js';
import { summarizeChange } from './summarize-change.js';
import type { GateTask, Policy, TaskJudgement, Verdict } from './task-judgement.js';
import { weighChange } from './weigh-change.js';

/** The judgement of a release. */
export interface ReleaseJudgement {
  /** RETAINED if every task is, REGRESSED if one is, else UNDECIDED. */
  readonly verdict: Verdict;
  /** In the order given. */
  readonly tasks: readonly TaskJudgement[];
  /** The verdict in one sentence. */
  readonly reason: string;
}

/** How to judge. */
export interface GateSettings {
  /** Level of the whole claim, in (0, 0.5). */
  readonly level: number;
  readonly policy: Policy;
  /** An integer in [0, 2^32): what is drawn where exact sums would take too long. */
  readonly seed: number;
}

/**
 * Judges a release by its protected tasks.
 *
 * "All tasks retained" is true only if it is for each: each task at `level` gives the whole claim
 * that level (intersection-union; Berger 1982), without a correction. Naming a task REGRESSED is one
 * of many claims; its Holm p-value says whether it stands among them all.
 *
 * @throws RangeError if there is no task, or the level or a tolerance is out of range.
 */
export function judgeRelease(tasks: readonly GateTask[], settings: GateSettings): ReleaseJudgement {
  checkInput(tasks, settings);
  const weighed = tasks.map((task) => {
    const evidence = weighChange(task.comparison, settings.seed);
    return { ...task, evidence, pValue: evidence.dropPValue(task.tolerance) };
  });
  const holm = holmPValues(weighed.map(({ pValue }) => pValue));
  const judged = weighed.map(({ evidence, ...task }, index) =>
    completeJudgement({ ...task, holmPValue: holm[index]! }, evidence, {
      ...settings,
      taskCount: tasks.length,
    }),
  );
  const verdict = combineVerdicts(judged.map((task) => task.verdict));
  return { verdict, tasks: judged, reason: describeRelease(verdict, judged, settings.policy) };
}

function completeJudgement(
  task: GateTask & { readonly pValue: number; readonly holmPValue: number },
  evidence: ChangeEvidence,
  context: GateSettings & { readonly taskCount: number },
): TaskJudgement {
  const estimate = summarizeChange(task.comparison, evidence, context.level);
  const simultaneousLevel = context.level / context.taskCount;
  const judgement = {
    ...task,
    ...judgeTask(task, { evidence, estimate }, context),
    estimate,
    simultaneousLowerBound: evidence.lowerBound(simultaneousLevel),
    simultaneousUpperBound: evidence.upperBound(simultaneousLevel),
    reason: '',
  };
  return { ...judgement, reason: describeTaskVerdict(judgement, context) };
}

function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('REGRESSED')) return 'REGRESSED';
  return verdicts.includes('UNDECIDED') ? 'UNDECIDED' : 'RETAINED';
}

function checkInput(tasks: readonly GateTask[], { level }: GateSettings): void {
  if (tasks.length === 0) throw new RangeError('a release needs a protected task');
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  for (const { task, tolerance } of tasks) {
    if (!(tolerance >= 0 && tolerance <= 1)) {
      throw new RangeError(`the tolerance of '${task}' must be in [0, 1], not ${tolerance}`);
    }
  }
}
