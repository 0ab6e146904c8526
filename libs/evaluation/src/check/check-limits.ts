import { type Dataset, type Role, samplesWithRole } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { taskLimits } from '@holdfast/service-kit';
import { createRowFinder } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';

/** Roles whose images are judged in one request. */
const judgedRoles: readonly Role[] = ['steering', 'validation', 'test'];

/**
 * Refuses what the services of a run would refuse for its size, after it has trained: too many tasks, too
 * many images of a role, names that are too long.
 *
 * @throws Fault `invalid` naming every field of the plan that is beyond a limit.
 */
export function checkLimits(dataset: Dataset, { protectedTasks }: RunTasks): void {
  const violations: FieldViolation[] = [];
  const { tasksMax, examplesMax, nameLengthMax } = taskLimits;
  if (protectedTasks.length >= tasksMax) {
    const description = `are ${protectedTasks.length} tasks, but a run can have ${tasksMax - 1} beside its target: name the most important`;
    violations.push({ field: 'protected', description });
  }
  for (const role of judgedRoles) {
    const samples = samplesWithRole(dataset, role);
    const rowsOf = createRowFinder(samples);
    // An image of several tasks counts for each.
    const asked = protectedTasks.reduce((sum, task) => sum + rowsOf(task).length, 0);
    const count = Math.max(samples.length, asked);
    if (count <= examplesMax) continue;
    const description = `gives ${count} images the role ${role}${asked > samples.length ? ', counted for each task that they are of' : ''}, but ${examplesMax} can be judged: leave some out`;
    violations.push({ field: 'data', description });
  }
  const refuseLong = (names: Iterable<string>, field: string, what: string) => {
    const long = [...names].find(({ length }) => length > nameLengthMax);
    if (long === undefined) return;
    const description = `has a ${what} of ${long.length} characters, more than ${nameLengthMax}: "${long.slice(0, 40)}..."`;
    violations.push({ field, description });
  };
  const names = protectedTasks.map(({ name }) => name);
  refuseLong(names, 'protected', 'name');
  refuseLong(dataset.classes, 'data', 'class');
  refuseLong(new Set(dataset.samples.map(({ group }) => group)), 'data', 'group');
  if (violations.length === 0) return;
  throw new Fault('invalid', 'the plan is beyond what a run can hold', { violations });
}
