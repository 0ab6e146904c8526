import {
  type ClaimVerdict,
  type GateRequest,
  type GateResponse,
  Policy,
  type TaskVerdict,
  Verdict,
  Weighting,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import {
  type ClaimJudgement,
  judgeRelease,
  type TaskJudgement,
  type Policy as VerdictPolicy,
} from '@holdfast/release-gate';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';
import { parseClaims } from './parse-claims.js';
import { parseLevel } from './parse-level.js';
import { type ComparedTask, parseTasks } from './parse-tasks.js';
import {
  compareTask,
  listFloors,
  seed,
  summarizeAccuracy,
  summarizeLoss,
  toTaskComparison,
} from './task-messages.js';

const verdicts = {
  RETAINED: Verdict.VERDICT_RETAINED,
  REGRESSED: Verdict.VERDICT_REGRESSED,
  UNDECIDED: Verdict.VERDICT_UNDECIDED,
} as const;

/** Judges a candidate by its protected tasks; the targets are compared beside them. */
export async function gate(request: GateRequest): Promise<GateResponse> {
  const violations = collectViolations('Gate');
  const level = parseLevel(request.level, violations);
  const policy = parsePolicy(request.policy, violations);
  violations.require(
    request.tasks.length === 0 || request.tasks.some((task) => !task.target && !task.ceiling),
    'tasks',
    'needs at least one protected task that is no ceiling',
  );
  const claims = parseClaims(request, violations);
  const tasks = parseTasks(request.tasks, violations);
  const protectedTasks = tasks.filter((task) => !task.target);
  const floors = listFloors(tasks);
  const judgement = judgeRelease(protectedTasks, { level, policy, claims, seed });
  return {
    verdict: verdicts[judgement.verdict],
    reason: judgement.reason,
    tasks: judgement.tasks.map((judged, i) => toTaskVerdict(protectedTasks[i]!, judged)),
    claims: judgement.claims.map((claim) => toClaimVerdict(floors, claim)),
    sensitivity: [...judgement.sensitivity],
    targets: tasks.filter((task) => task.target).map((task) => compareTask(task, level)),
    devSafetyAccuracy: summarizeAccuracy(floors),
    devSafetyLoss: summarizeLoss(floors),
  };
}

function parsePolicy(policy: Policy, violations: ViolationCollector): VerdictPolicy {
  if (policy === Policy.POLICY_STRICT) return 'strict';
  violations.require(
    policy === Policy.POLICY_UNSPECIFIED || policy === Policy.POLICY_EVIDENCE,
    'policy',
    'is neither POLICY_EVIDENCE nor POLICY_STRICT',
  );
  return 'evidence';
}

/** Labels are missing, so that no upper bound is known. */
const isIncomplete = ({ comparison }: ComparedTask) => comparison.missing !== undefined;

/** The library's 0 means that no number would decide, or that it is decided. */
const toMoreNeeded = ({ moreNeeded }: { readonly moreNeeded: number }) => moreNeeded || undefined;

function toTaskVerdict(task: ComparedTask, judged: TaskJudgement): TaskVerdict {
  return {
    comparison: toTaskComparison(task, judged.estimate),
    verdict: verdicts[judged.verdict],
    pValue: judged.pValue,
    holmPValue: judged.holmPValue,
    simultaneousLowerBound: judged.simultaneousLowerBound,
    simultaneousUpperBound: isIncomplete(task) ? undefined : judged.simultaneousUpperBound,
    moreNeeded: toMoreNeeded(judged),
    reason: judged.reason,
    confidence: [...judged.confidence],
  };
}

const weightings = {
  images: Weighting.WEIGHTING_IMAGES,
  tasks: Weighting.WEIGHTING_TASKS,
} as const;

function toClaimVerdict(tasks: readonly ComparedTask[], claim: ClaimJudgement): ClaimVerdict {
  const { taskTotal, verdict, lostMost: _, ...rest } = claim;
  return {
    ...rest,
    upperBound: tasks.some(isIncomplete) ? undefined : claim.upperBound,
    moreNeeded: toMoreNeeded(claim),
    weighting: weightings[claim.weighting],
    together: claim.taskCount === taskTotal,
    verdict: verdict === undefined ? Verdict.VERDICT_UNSPECIFIED : verdicts[verdict],
    worstTasks: [...claim.worstTasks],
    confidence: [...claim.confidence],
  };
}
