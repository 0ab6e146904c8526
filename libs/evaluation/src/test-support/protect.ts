import type { LabelSpace } from '../tasks/label-spaces.js';
import type { ProtectedTask } from '../tasks/protected-task.js';

/** All classes in one label space. */
export function inOneSpace(classes: readonly string[]): LabelSpace[] {
  return [{ name: undefined, classes: classes.map((_, index) => index) }];
}

/** A protected task that is one label unless told otherwise. */
export function protect(label: string, changes: Partial<ProtectedTask> = {}): ProtectedTask {
  return {
    name: label,
    field: 'protected',
    labels: [label],
    where: [],
    corruptions: [],
    among: [],
    tolerance: 0.1,
    requiredSlack: 0,
    constrained: true,
    ceiling: false,
    ...changes,
  };
}
