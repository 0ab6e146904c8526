import { holmPValues } from '../bounds/holm-p-values.js';
import type { Claim, ClaimJudgement } from '../claims/claim-judgement.js';
import { judgeClaims } from '../claims/judge-claims.js';
import type { ChangeEvidence } from '../evidence/change-evidence.js';
import { drawConfidenceCurve } from '../evidence/confidence-curve.js';
import { summarizeChange } from '../evidence/summarize-change.js';
import { turnBounds, weighTask } from '../evidence/weigh-task.js';
import { describeTaskVerdict } from '../task/describe-task-verdict.js';
import { judgeTask } from '../task/judge-task.js';
import type { GateTask, Policy, TaskJudgement, Verdict } from '../task/task-judgement.js';
import { type AssumedBound, assumeSharedLosses } from './assume-shared-losses.js';
import { describeRelease } from './describe-release.js';

/** The judgement of a release. */
export interface ReleaseJudgement {
  /** RETAINED if every task and every stated claim is, REGRESSED if one is, else UNDECIDED. */
  readonly verdict: Verdict;
  /** In the order given. */
  readonly tasks: readonly TaskJudgement[];
  /** Means of several tasks, fewer first: the claims stated, and others for information. */
  readonly claims: readonly ClaimJudgement[];
  /** The lowest of the tasks' bounds under assumptions; no verdict rests on it. */
  readonly sensitivity: readonly AssumedBound[];
  /** The verdict in one sentence. */
  readonly reason: string;
}

/** How to judge. */
export interface GateSettings {
  /** Level of the whole claim, in (0, 0.5). */
  readonly level: number;
  readonly policy: Policy;
  /** Claims about several tasks, beside each task's own tolerance; default: none. */
  readonly claims?: readonly Claim[];
  /** An integer in [0, 2^32): what is drawn where exact sums would take too long. */
  readonly seed: number;
}

/**
 * Judges a release by its protected tasks.
 *
 * "All tasks retained, and all claims" is true only if each is: each at `level` gives the whole that
 * level (intersection-union; Berger 1982), without a correction. Naming a task REGRESSED is one
 * of many claims; its Holm p-value says whether it stands among them all. Claims and sensitivity are about tasks that
 * must not be lost: ceilings have no part in them.
 *
 * @throws RangeError if there is no task but ceilings, a ceiling lacks labels, or the level, a tolerance or a claim is
 *   out of range.
 */
export function judgeRelease(tasks: readonly GateTask[], settings: GateSettings): ReleaseJudgement {
  checkInput(tasks, settings);
  const weighed = tasks.map((task) => {
    const evidence = weighTask(task, settings.seed);
    return { ...task, evidence, pValue: evidence.dropPValue(task.tolerance) };
  });
  const holm = holmPValues(weighed.map(({ pValue }) => pValue));
  const judged = weighed.map(({ evidence, ...task }, index) =>
    completeJudgement({ ...task, holmPValue: holm[index]! }, evidence, {
      ...settings,
      taskCount: tasks.length,
    }),
  );
  const floors = judged.filter(({ ceiling }) => !ceiling);
  const claims = judgeClaims(floors, settings.claims ?? [], settings);
  const verdict = combineVerdicts([...judged, ...claims].map((judgement) => judgement.verdict));
  return {
    verdict,
    tasks: judged,
    claims,
    sensitivity: assumeSharedLosses(
      floors.map(({ comparison }) => comparison),
      settings.level,
    ),
    reason: describeRelease({ verdict, tasks: judged, claims }, settings.policy),
  };
}

function completeJudgement(
  task: GateTask & { readonly pValue: number; readonly holmPValue: number },
  evidence: ChangeEvidence,
  context: GateSettings & { readonly taskCount: number },
): TaskJudgement {
  const estimate = summarizeChange(task, evidence, context.level);
  const simultaneous = turnBounds(evidence, context.level / context.taskCount, task);
  const judgement = {
    ...task,
    ...judgeTask(task, { evidence, estimate }, context),
    estimate,
    simultaneousLowerBound: simultaneous.lowerBound,
    simultaneousUpperBound: simultaneous.upperBound,
    confidence: drawConfidenceCurve((drop) => evidence.excessPValue(drop)),
    reason: '',
  };
  return { ...judgement, reason: describeTaskVerdict(judgement, context) };
}

function combineVerdicts(verdicts: readonly (Verdict | undefined)[]): Verdict {
  if (verdicts.includes('REGRESSED')) return 'REGRESSED';
  return verdicts.includes('UNDECIDED') ? 'UNDECIDED' : 'RETAINED';
}

function checkInput(tasks: readonly GateTask[], { level, claims = [] }: GateSettings): void {
  const floorCount = tasks.filter(({ ceiling }) => !ceiling).length;
  if (floorCount === 0) throw new RangeError('a release needs a protected task that is no ceiling');
  if (!(level > 0 && level < 0.5)) throw new RangeError(`level must be in (0, 0.5), not ${level}`);
  for (const { task, tolerance, ceiling, comparison } of tasks) {
    if (ceiling && comparison.missing) throw new RangeError(`the ceiling '${task}' lacks labels`);
    if (!(tolerance >= 0 && tolerance <= 1)) {
      throw new RangeError(`the tolerance of '${task}' must be in [0, 1], not ${tolerance}`);
    }
  }
  const counts = new Set<number>();
  for (const { taskCount, tolerance } of claims) {
    if (!(Number.isInteger(taskCount) && taskCount >= 2 && taskCount <= floorCount)) {
      throw new RangeError(
        `a claim is about 2 to all ${floorCount} protected tasks, not ${taskCount}`,
      );
    }
    if (!(tolerance >= 0 && tolerance <= 1)) {
      throw new RangeError(`the tolerance of a claim must be in [0, 1], not ${tolerance}`);
    }
    if (counts.has(taskCount)) throw new RangeError(`two claims are about ${taskCount} tasks`);
    counts.add(taskCount);
  }
}
