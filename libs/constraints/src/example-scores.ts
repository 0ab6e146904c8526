import { multiplyByTransposed, selectRows } from '@holdfast/tensor';
import { type ClassGroup, groupByClasses, rowsOfGroup } from './class-groups.js';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintBatch } from './task-batch.js';

/** One image against the classes of a task. */
export interface ExampleScores {
  /** [classes of the task]: cosine with each class. */
  readonly cosines: Float64Array;
  /** Index of the right class. */
  readonly label: number;
}

/**
 * Cosines of every example with the classes of its task, in float64: [tasks of the batch][examples].
 *
 * Every cosine is one sum over d in ascending order, so the same embeddings give the same bits whatever
 * else is in the batch: a model against itself has h = 0 exactly.
 */
export function scoreBatch(
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
): readonly (readonly ExampleScores[])[] {
  const scores: ExampleScores[][] = batch.tasks.map(() => []);
  for (const group of groupByClasses(tasks, batch)) scoreGroup(batch, group, scores);
  return scores;
}

function scoreGroup(batch: ConstraintBatch, group: ClassGroup, scores: ExampleScores[][]): void {
  const { data, columns } = multiplyByTransposed(
    selectRows(batch.imageEmbeddings, rowsOfGroup(batch, group)),
    selectRows(batch.classEmbeddings, group.classes),
  );
  let start = 0;
  for (const position of group.positions) {
    for (const label of Array.from(batch.tasks[position]!.labels)) {
      scores[position]!.push({ cosines: data.subarray(start, start + columns), label });
      start += columns;
    }
  }
}
