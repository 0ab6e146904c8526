import type { PairedComparison } from '@holdfast/metrics';
import { type Stratum, stratify } from './group-strata.js';

/** A group of a task as a mean over several weighs it. */
export interface TaskGroup {
  /** Absent: no other task has images of it. */
  readonly name?: string | undefined;
  readonly size: number;
  readonly change: number;
}

/** The groups of a task. */
export interface TaskGroups {
  readonly groups: readonly TaskGroup[];
  /** Size that a group of it may have beyond those seen; 0: none. */
  readonly largest: number;
}

/** A task's groups by name. */
export function listGroups({
  groups,
  missing,
}: Pick<PairedComparison, 'groups' | 'missing'>): TaskGroups {
  return {
    groups: groups.map(({ name, size, positiveFlips, negativeFlips }) => ({
      name,
      size,
      change: positiveFlips - negativeFlips,
    })),
    largest: missing?.largestGroup ?? 0,
  };
}

/** Whether a group has images of several of the tasks, as a drive that shows several classes. */
export function shareGroups(
  tasks: readonly { readonly groups: readonly { readonly name?: string | undefined }[] }[],
): boolean {
  const seen = new Map<string, number>();
  return tasks.some(({ groups }, task) =>
    groups.some(({ name }) => {
      if (name === undefined) return false;
      const other = seen.get(name);
      seen.set(name, task);
      return other !== undefined && other !== task;
    }),
  );
}

/**
 * The groups of several tasks as those of one. Groups of one name are one group, whose sizes and changes add up: it is drawn as a
 * whole, and counted apart in each task it would be taken for as many independent ones.
 */
export function poolGroups(tasks: readonly TaskGroups[]): readonly Stratum[] {
  const named = new Map<string, { size: number; change: number }>();
  const single: TaskGroup[] = [];
  for (const group of tasks.flatMap(({ groups }) => groups)) {
    const { name, size, change } = group;
    const known = name === undefined ? undefined : named.get(name);
    if (name === undefined) single.push(group);
    else if (known === undefined) named.set(name, { size, change });
    else {
      known.size += size;
      known.change += change;
    }
  }
  const largest = tasks.reduce((sum, task) => sum + task.largest, 0);
  return stratify([...named.values(), ...single], largest);
}
