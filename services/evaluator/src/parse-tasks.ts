import { comparePaired, type PairedComparison } from '@holdfast/metrics';
import type { PairedPredictions } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { taskLimits, type ViolationCollector } from '@holdfast/service-kit';
import { checkPredictions } from './check-predictions.js';

/** A task whose predictions were checked and compared. */
export interface ComparedTask {
  readonly task: string;
  readonly target: boolean;
  readonly comparison: PairedComparison;
  readonly tolerance: number;
  /** It must not grow; else it must not be lost. */
  readonly ceiling: boolean;
  /** h: candidate's minus reference's cross-entropy, in nats; undefined unless both are known. */
  readonly lossChange: number | undefined;
}

/**
 * Checks all tasks of a request, then compares each; what is wrong goes to `violations`.
 *
 * @throws Fault `invalid` naming every bad field
 */
export function parseTasks(
  tasks: readonly PairedPredictions[],
  violations: ViolationCollector,
): ComparedTask[] {
  if (checkCounts(tasks, violations)) {
    checkNames(tasks, violations);
    tasks.forEach((task, i) => {
      checkPredictions(task, `tasks[${i}]`, violations);
      checkNumbers(task, `tasks[${i}]`, violations);
    });
  }
  violations.throwIfAny();
  return tasks.map((task) => ({
    task: task.task,
    target: task.target,
    comparison: comparePaired({
      labels: task.labels,
      reference: task.referencePredictions,
      candidate: task.candidatePredictions,
      groups: task.groups,
      missing: task.missing,
    }),
    tolerance: task.tolerance,
    ceiling: task.ceiling ?? false,
    lossChange: subtractLosses(task),
  }));
}

function subtractLosses({ candidateLoss, referenceLoss }: PairedPredictions): number | undefined {
  if (candidateLoss === undefined || referenceLoss === undefined) return undefined;
  return candidateLoss - referenceLoss;
}

/** Too many to look at one by one, or none. */
function checkCounts(tasks: readonly PairedPredictions[], violations: ViolationCollector): boolean {
  const { tasksMax, examplesMax } = taskLimits;
  const examples = tasks.reduce((sum, { labels }) => sum + labels.length, 0);
  const some = violations.require(tasks.length > 0, 'tasks', 'needs at least one task');
  const few = violations.require(
    tasks.length <= tasksMax,
    'tasks',
    `has ${tasks.length} tasks, at most ${tasksMax} are allowed`,
  );
  const short = violations.require(
    examples <= examplesMax,
    'tasks',
    `has ${examples} examples in all, at most ${examplesMax} are allowed`,
  );
  return some && few && short;
}

function checkNames(tasks: readonly PairedPredictions[], violations: ViolationCollector): void {
  const first = new Map<string, number>();
  tasks.forEach(({ task }, i) => {
    const field = `tasks[${i}].task`;
    violations.require(task !== '', field, 'is required');
    violations.require(
      task.length <= taskLimits.nameLengthMax,
      field,
      `has ${task.length} characters, at most ${taskLimits.nameLengthMax} are allowed`,
    );
    const earlier = first.get(task);
    if (earlier === undefined) first.set(task, i);
    else if (task !== '') violations.add(field, `'${task}' is the name of tasks[${earlier}] too`);
  });
}

function checkNumbers(
  { tolerance, referenceLoss, candidateLoss, missing, ceiling, target }: PairedPredictions,
  field: string,
  violations: ViolationCollector,
): void {
  violations.require(
    tolerance >= 0 && tolerance <= 1,
    `${field}.tolerance`,
    `must be in [0, 1], is ${tolerance}`,
  );
  violations.require(
    missing === undefined || missing.largestGroup >= 1,
    `${field}.missing.largest_group`,
    'must be at least 1',
  );
  violations.require(
    !ceiling || (!target && missing === undefined),
    `${field}.ceiling`,
    target ? 'is set, but the task is a target' : 'is set, but labels are missing',
  );
  for (const [name, loss] of [
    ['reference_loss', referenceLoss],
    ['candidate_loss', candidateLoss],
  ] as const) {
    if (loss === undefined) continue;
    violations.require(Number.isFinite(loss), `${field}.${name}`, `must be finite, is ${loss}`);
  }
}
