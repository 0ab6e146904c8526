import { type Corruption, formatCorruption } from '@holdfast/corruption';
import type { Role, Sample } from '@holdfast/dataset';
import type { Condition } from '@holdfast/plan';

/** Which images a task is about. */
export interface TaskImages {
  readonly labels: readonly string[];
  /** What their rows of the manifest must say; empty: nothing. */
  readonly where: Condition;
  /** What was done to them, one of these; empty: nothing. */
  readonly corruptions: readonly Corruption[];
}

/** What of a sample decides which tasks it is in. */
export type TaskSample = Pick<Sample, 'label' | 'columns' | 'corruption'>;

/** A protected capability of a run, resolved against the data. */
export interface ProtectedTask extends TaskImages {
  readonly name: string;
  /** Where the plan names it, for messages: `protected[2]`. */
  readonly field: string;
  /** Classes that its images are told apart among: its label space. */
  readonly among: readonly number[];
  readonly tolerance: number;
  readonly requiredSlack: number;
  /** Whether training is held to it; else it is only judged. */
  readonly constrained: boolean;
  /** It must not grow; else it must not be lost. */
  readonly ceiling: boolean;
}

/** The protected tasks that training is held to: the first of them all. */
export function listConstrained<T extends Pick<ProtectedTask, 'constrained'>>(
  protectedTasks: readonly T[],
): T[] {
  return protectedTasks.filter(({ constrained }) => constrained);
}

/** The protected tasks that must not be lost: all but ceilings. Claims and DevSafety are about them alone. */
export function listFloors<T extends Pick<ProtectedTask, 'ceiling'>>(
  protectedTasks: readonly T[],
): T[] {
  return protectedTasks.filter(({ ceiling }) => !ceiling);
}

/** Whether an image's row says what a condition asks for. */
export function meetsCondition({ columns }: Pick<Sample, 'columns'>, where: Condition): boolean {
  return where.every(([column, values]) => values.includes(columns?.[column] ?? ''));
}

/** Whether a sample is as a task wants it, if it has one of its labels: corrupted images are in the tasks that ask for them alone. */
function isWanted(sample: TaskSample, { where, corruptions }: Omit<TaskImages, 'labels'>): boolean {
  const { corruption } = sample;
  if (!meetsCondition(sample, where)) return false;
  if (corruption === undefined) return corruptions.length === 0;
  const done = formatCorruption(corruption);
  return corruptions.some((wanted) => formatCorruption(wanted) === done);
}

/** Gathers the rows of samples by label, so that each of many tasks finds its own without looking at all. */
export function createRowFinder(samples: readonly TaskSample[]): (task: TaskImages) => number[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, { label }] of samples.entries()) {
    const rows = rowsOf.get(label);
    if (rows === undefined) rowsOf.set(label, [row]);
    else rows.push(row);
  }
  return ({ labels, ...images }) => {
    const rows = labels.flatMap((label) => rowsOf.get(label) ?? []);
    const found = rows.filter((row) => isWanted(samples[row]!, images));
    return labels.length > 1 ? found.sort((a, b) => a - b) : found;
  };
}

/** Finds the samples of a role that a task is about, in their order. Many tasks share one finder. */
export function createTaskFinder(
  { samples }: { readonly samples: readonly Sample[] },
  role: Role,
): (task: TaskImages) => Sample[] {
  const own = samples.filter(({ roles }) => roles.includes(role));
  const rowsOf = createRowFinder(own);
  return (task) => rowsOf(task).map((row) => own[row]!);
}
