import type { Role, Sample } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import type { RunTasks } from '../tasks/tasks.js';

/** Roles that a run needs images of, and what would go wrong without. */
const consequences = {
  target: 'there would be nothing to learn from',
  protected: 'nothing would protect it',
  steering: 'a candidate would be chosen blind to it',
  validation: 'the gate could not judge it',
} as const satisfies Partial<Record<Role, string>>;

/** A role that tasks need images of. */
export type NeededRole = keyof typeof consequences;

/**
 * Refuses data in which a task has no image of a role: without one on validation data it would be
 * released unseen. The target and every protected task need each role, but that the target alone is
 * `target`, and protected tasks alone are `protected`.
 *
 * @param samples those that can be read
 * @throws Fault `invalid` naming every task that lacks images, by its field of the plan
 */
export function requireImages(
  { classes, targetIndex, protectedTasks }: RunTasks,
  samples: readonly Sample[],
  roles: readonly NeededRole[],
): void {
  const violations: FieldViolation[] = [];
  const shown = new Set(
    samples.flatMap((sample) => sample.roles.map((role) => `${role} ${sample.label}`)),
  );
  const need = (role: NeededRole, task: { name: string; label: string }, field: string) => {
    if (shown.has(`${role} ${task.label}`)) return;
    const description = `no readable image of "${task.name}" has the role ${role}: ${consequences[role]}`;
    violations.push({ field, description });
  };
  const target = classes[targetIndex]!;
  for (const role of roles) {
    if (role !== 'protected') need(role, { name: target, label: target }, 'target.class');
    if (role === 'target') continue;
    for (const [i, task] of protectedTasks.entries()) need(role, task, `protected[${i}]`);
  }
  if (violations.length > 0) {
    throw new Fault('invalid', 'tasks of the plan lack images', { violations });
  }
}
