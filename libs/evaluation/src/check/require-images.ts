import type { Role, Sample } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { createRowFinder, listConstrained, type TaskImages } from '../tasks/protected-task.js';
import { listTargetTasks, type RunTasks } from '../tasks/tasks.js';

/** Roles that a run needs images of, and what would go wrong without. */
const consequences = {
  target: 'there would be nothing to learn from',
  protected: 'nothing would protect it in training; constrain: false has it judged alone',
  steering: 'a candidate would be chosen blind to it',
  validation: 'the gate could not judge it',
} as const satisfies Partial<Record<Role, string>>;

/** A role that tasks need images of. */
export type NeededRole = keyof typeof consequences;

/**
 * Refuses data in which a task has no image of a role: without one on validation data it would be
 * released unseen. Every target and every protected task need each role, but that targets alone are
 * `target`, and protected tasks alone, those that training is held to, are `protected`.
 *
 * @param samples those that can be read
 * @throws Fault `invalid` naming every task that lacks images, by its field of the plan
 */
export function requireImages(
  runTasks: RunTasks,
  samples: readonly Sample[],
  roles: readonly NeededRole[],
): void {
  const { protectedTasks } = runTasks;
  const violations: FieldViolation[] = [];
  const need = (role: NeededRole, task: TaskImages & { name: string }, field: string) => {
    const isShown = finders.get(role)!(task).length > 0;
    if (isShown) return;
    const description = `no readable image of "${task.name}" has the role ${role}: ${consequences[role]}`;
    violations.push({ field, description });
  };
  const finders = new Map(
    roles.map((role) => [
      role,
      createRowFinder(samples.filter((sample) => sample.roles.includes(role))),
    ]),
  );
  for (const role of roles) {
    if (role !== 'protected') {
      for (const target of listTargetTasks(runTasks)) need(role, target, 'target.class');
    }
    if (role === 'target') continue;
    const judged = role === 'protected' ? listConstrained(protectedTasks) : protectedTasks;
    for (const task of judged) need(role, task, task.field);
  }
  if (violations.length > 0) {
    throw new Fault('invalid', 'tasks of the plan lack images', { violations });
  }
}
