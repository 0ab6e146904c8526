import type { GateTask } from '../task/task-judgement.js';
import { compareGroups, type GroupTriple } from './flips.js';

// Validation groups, ten images each, of a candidate that examples/gtsrb released from a base model that knew its
// classes well (13 to 21 signs a class): number of groups, and the net changes that are not zero.
const changes: readonly (readonly [task: string, groups: number, changes: readonly number[]])[] = [
  ['no passing', 14, [-1, 3, -1]],
  ['no passing for trucks', 19, [-1, -1]],
  ['road work', 14, [1, 2, 1, 1]],
  ['speed limit 100', 13, [-1, 1, 1, -1, 3, -1, -1, -1]],
  ['speed limit 120', 13, [1, 2, 4, 4, -1, -1]],
  ['speed limit 30', 21, [1, -1, -1, 1, 1, -1]],
  ['speed limit 50', 21, [1, -1, 2, -1, 5, 1, 1, 1, -1]],
  ['speed limit 60', 13, [-1, -1, -1, 1, -1, 4]],
  ['speed limit 70', 18, [2, 2, 1, 1, 3]],
];

/** The nine protected tasks of that run. */
export function createDemoTasks(tolerance: number): GateTask[] {
  return changes.map(([task, groups, changed]) => ({
    task,
    comparison: compareGroups(
      Array.from({ length: groups }, (_, g): GroupTriple => {
        const change = changed[g] ?? 0;
        return [10, Math.max(0, -change), Math.max(0, change)];
      }),
    ),
    tolerance,
  }));
}
