import { Fault, type FieldViolation } from '@holdfast/fault';
import { listModules, type PlanDraft } from '@holdfast/plan';
import { listConstrained } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';

/**
 * Refuses constraints of the user's own that see a protected task that is none, or are called like one.
 *
 * @throws Fault `invalid` naming the fields of the plan.
 */
export function checkModules(
  plan: Pick<PlanDraft, 'objective' | 'constraints'>,
  { protectedTasks }: Pick<RunTasks, 'protectedTasks'>,
): void {
  const names = new Set(protectedTasks.map(({ name }) => name));
  const seen = new Set(listConstrained(protectedTasks).map(({ name }) => name));
  const violations = listModules(plan).flatMap(({ field, name, tasks = [] }): FieldViolation[] => [
    ...(names.has(name) ? [{ field, description: `a protected task is called ${name}` }] : []),
    ...tasks
      .filter((task) => !seen.has(task))
      .map((task) => ({ field, description: describeUnseen(task, names.has(task)) })),
  ]);
  if (violations.length === 0) return;
  throw new Fault('invalid', 'the plan does not fit the data', { violations });
}

function describeUnseen(task: string, isJudged: boolean): string {
  return isJudged
    ? `sees ${task}, which is only judged: no step draws images of it`
    : `sees ${task}, which is no protected task`;
}
