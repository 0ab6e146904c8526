import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintBatch } from './task-batch.js';

/** Tasks of a batch whose images are told apart by the same classes: one matrix product serves all. */
export interface ClassGroup {
  readonly classes: ArrayLike<number>;
  /** Positions in the batch's list of tasks, ascending. */
  readonly positions: readonly number[];
}

/** Groups a batch's tasks by their classes, in order of first occurrence. */
export function groupByClasses(
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
): readonly ClassGroup[] {
  const groups: { classes: ArrayLike<number>; positions: number[] }[] = [];
  batch.tasks.forEach(({ task }, position) => {
    const { classes } = tasks[task]!;
    const known = groups.find((group) => isSameList(group.classes, classes));
    if (known === undefined) groups.push({ classes, positions: [position] });
    else known.positions.push(position);
  });
  return groups;
}

/** Rows of the image embeddings of a group's examples, task by task. */
export function rowsOfGroup(batch: ConstraintBatch, { positions }: ClassGroup): number[] {
  return positions.flatMap((position) => Array.from(batch.tasks[position]!.rows));
}

function isSameList(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
