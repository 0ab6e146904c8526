import type { ProtectedTask, TaskImages } from './protected-task.js';

type NamedImages = TaskImages & Pick<ProtectedTask, 'name'>;

/** Two tasks that an image could belong to both of, corrupted or not; undefined where there are none. */
export function findOverlap(
  tasks: readonly NamedImages[],
): readonly [NamedImages, NamedImages] | undefined {
  const byLabel = new Map<string, NamedImages[]>();
  for (const task of tasks) {
    for (const label of task.labels) {
      const others = byLabel.get(label) ?? [];
      const other = others.find((known) => !excludeEachOther(known, task));
      if (other !== undefined) return [other, task];
      byLabel.set(label, [...others, task]);
    }
  }
  return undefined;
}

/** Whether a column must have one of values that are different in each. */
function excludeEachOther({ where }: TaskImages, other: TaskImages): boolean {
  return where.some(([column, values]) =>
    other.where.some(
      ([same, others]) => same === column && values.every((value) => !others.includes(value)),
    ),
  );
}
