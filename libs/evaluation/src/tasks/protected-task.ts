import type { Role, Sample } from '@holdfast/dataset';
import type { Condition } from '@holdfast/plan';

/** Which images a task is about. */
export interface TaskImages {
  readonly labels: readonly string[];
  /** What their rows of the manifest must say; empty: nothing. */
  readonly where: Condition;
}

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
}

/** The protected tasks that training is held to: the first of them all. */
export function listConstrained<T extends Pick<ProtectedTask, 'constrained'>>(
  protectedTasks: readonly T[],
): T[] {
  return protectedTasks.filter(({ constrained }) => constrained);
}

/** Whether an image's row says what a condition asks for. */
export function meetsCondition({ columns }: Pick<Sample, 'columns'>, where: Condition): boolean {
  return where.every(([column, values]) => values.includes(columns?.[column] ?? ''));
}

/** The samples of a role that a task is about, in order of index. */
export function taskSamples(
  dataset: { readonly samples: readonly Sample[] },
  role: Role,
  { labels, where }: TaskImages,
): Sample[] {
  const known = new Set(labels);
  return dataset.samples.filter(
    (sample) =>
      sample.roles.includes(role) && known.has(sample.label) && meetsCondition(sample, where),
  );
}

/** Gathers the rows of samples by label, so that each of many tasks finds its own without looking at all. */
export function createRowFinder(
  samples: readonly Pick<Sample, 'label' | 'columns'>[],
): (task: TaskImages) => number[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, { label }] of samples.entries()) {
    const rows = rowsOf.get(label);
    if (rows === undefined) rowsOf.set(label, [row]);
    else rows.push(row);
  }
  return ({ labels, where }) => {
    const rows = labels.flatMap((label) => rowsOf.get(label) ?? []);
    const found =
      where.length === 0 ? rows : rows.filter((row) => meetsCondition(samples[row]!, where));
    return labels.length > 1 ? found.sort((a, b) => a - b) : found;
  };
}
