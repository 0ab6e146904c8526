import type { Sample } from '@holdfast/dataset';
import type { PlanData } from '../data/read-plan-data.js';
import { createRowFinder } from '../tasks/protected-task.js';
import { firstNotes } from './first-notes.js';

/**
 * Says which protected tasks have larger groups elsewhere in the data than among those that judge: the bounds hold for groups that
 * were not seen as long as none is larger than the largest that judges (docs/statistics.md).
 */
export function noteGroupSizes({ dataset, tasks }: Pick<PlanData, 'dataset' | 'tasks'>): string[] {
  const [judging, elsewhere] = [true, false].map((judges) =>
    dataset.samples.filter(({ roles }) => roles.includes('validation') === judges),
  ) as [Sample[], Sample[]];
  const [judgingRowsOf, otherRowsOf] = [createRowFinder(judging), createRowFinder(elsewhere)];
  const notes = tasks.protectedTasks.flatMap((task) => {
    const judged = measureLargest(judgingRowsOf(task), judging);
    const other = measureLargest(otherRowsOf(task), elsewhere);
    if (judged === 0 || other <= judged) return [];
    return [
      `the largest group of "${task.name}" that judges has ${judged} image${judged === 1 ? '' : 's'}, and one that does not has ${other}: bounds assume that no group is larger than those that judge; divide large groups by what they show, or have one of that size judge (docs/statistics.md)`,
    ];
  });
  return firstNotes(notes);
}

/** How many of some rows the largest group has. */
function measureLargest(rows: readonly number[], samples: readonly Sample[]): number {
  const sizes = new Map<string, number>();
  let largest = 0;
  for (const row of rows) {
    const { group } = samples[row]!;
    const size = (sizes.get(group) ?? 0) + 1;
    sizes.set(group, size);
    largest = Math.max(largest, size);
  }
  return largest;
}
