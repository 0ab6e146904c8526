import { isAttack } from '@holdfast/corruption';
import type {
  GateResponse,
  TaskComparison,
  TaskVerdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunReport, TaskResult } from '@holdfast/report';
import type { PredictionPair } from '../classify/pair-predictions.js';
import { listFloors } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';
import { describeClaims, describeSensitivity } from '../verdict/describe-claims.js';
import { boundless, nameVerdict } from '../verdict/describe-comparison.js';
import { nameMethod } from '../verdict/name-evidence.js';
import { collectFlips } from './collect-flips.js';
import { countConfusion } from './count-confusion.js';

/** Two models on the same samples, and what the gate says of them. */
export interface JudgedPair extends PredictionPair {
  readonly gate: GateResponse;
}

/** How the gate judged. */
export interface GateSettings {
  readonly policy: string;
  readonly level: number;
}

/** The parts of a report that show what the gate saw. */
export type Evidence = Pick<
  RunReport,
  | 'gate'
  | 'targets'
  | 'protectedTasks'
  | 'claims'
  | 'sensitivity'
  | 'devSafetyAccuracy'
  | 'devSafetyLoss'
  | 'classes'
  | 'confusion'
  | 'ceilingClasses'
  | 'flipCounts'
  | 'flips'
>;

/** Gathers what the gate saw for a report: tasks, confusions, pictures of the flips. */
export async function describeEvidence(
  tasks: Pick<RunTasks, 'classes' | 'spaces' | 'protectedTasks'>,
  pair: JudgedPair,
  settings: GateSettings,
): Promise<Evidence> {
  const { gate } = pair;
  const known = new Map(tasks.protectedTasks.map((task) => [task.name, task]));
  const countClasses = (name: string) => {
    const { among = [], corruptions = [] } = known.get(name) ?? {};
    return corruptions.some(isAttack) ? undefined : among.length;
  };
  return {
    gate: {
      ...settings,
      groupsAreIndependent: gate.tasks.every(
        ({ comparison }) => comparison?.exampleCount === comparison?.groupCount,
      ),
    },
    targets: gate.targets.map(toTaskResult),
    protectedTasks: gate.tasks.map((verdict) => {
      const judged = toProtectedResult(verdict);
      return { ...judged, classCount: countClasses(judged.task) };
    }),
    claims: describeClaims(gate),
    sensitivity: describeSensitivity(gate),
    devSafetyAccuracy: gate.devSafetyAccuracy,
    devSafetyLoss: gate.devSafetyLoss,
    ...countConfusion(tasks, pair),
    ceilingClasses: listCeilingClasses(tasks.protectedTasks),
    ...(await collectFlips(tasks.classes, pair)),
  };
}

/** Classes that ceilings alone are about. */
function listCeilingClasses(tasks: RunTasks['protectedTasks']): string[] {
  const kept = new Set(listFloors(tasks).flatMap(({ labels }) => labels));
  const ceilings = new Set(tasks.filter(({ ceiling }) => ceiling).flatMap(({ labels }) => labels));
  return [...ceilings].filter((label) => !kept.has(label));
}

/** A comparison as a report has it. */
export function toTaskResult(comparison: TaskComparison): TaskResult {
  const { lowerBound, upperBound = boundless } = comparison;
  return {
    task: comparison.task,
    examples: comparison.exampleCount,
    groups: comparison.groupCount,
    referenceAccuracy: comparison.referenceAccuracy,
    candidateAccuracy: comparison.candidateAccuracy,
    accuracyChange: comparison.accuracyChange,
    negativeFlips: comparison.negativeFlips,
    positiveFlips: comparison.positiveFlips,
    lowerBound,
    upperBound,
    ...(comparison.ceiling && { ceiling: true }),
  };
}

/** A protected task with its verdict as a report has it. */
export function toProtectedResult(verdict: TaskVerdict): RunReport['protectedTasks'][number] {
  const comparison = verdict.comparison!;
  return {
    ...toTaskResult(comparison),
    verdict: nameVerdict(verdict),
    tolerance: comparison.tolerance,
    reason: verdict.reason,
    pValue: verdict.pValue,
    holmPValue: verdict.holmPValue,
    simultaneousLowerBound: verdict.simultaneousLowerBound,
    simultaneousUpperBound: verdict.simultaneousUpperBound ?? boundless,
    mcnemarPValue: comparison.mcnemarPValue,
    smallestDetectableDrop: comparison.smallestDetectableDrop,
    lossChange: comparison.lossChange,
    method: nameMethod(comparison.method),
    confidence: verdict.confidence,
  };
}

/** What a report says of a model with heads that another program may load without them. */
export function describeHeads(withoutHeads: GateResponse): string {
  return `The new model has task-dependent heads (heads.safetensors). Loaded without them: ${withoutHeads.reason}`;
}
