import type { PlanProblem } from './describe-issue.js';
import { parseFieldPath } from './field-path.js';
import { listModules } from './plan-modules.js';
import type { PlanDraft, PlanInput } from './schema.js';

/** What cannot be meant together with objectives and constraints of the user's own. */
export function checkModules({
  given,
  plan,
}: {
  readonly given: Partial<PlanInput>;
  readonly plan: PlanDraft;
}): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const refuse = (path: PlanProblem['path'], description: string) =>
    problems.push({ path, description });
  const { method, objective, constraints } = plan;
  if (objective.module === undefined) {
    for (const key of ['options', 'timeLimitSeconds'] as const) {
      if (objective[key] !== undefined) refuse(['objective', key], 'belongs to objective.module');
    }
  } else {
    for (const key of ['kind', 'objectiveMovingAverage', 'excludeSameCaption'] as const) {
      const isGiven = given.objective?.[key] !== undefined;
      if (isGiven)
        refuse(['objective', key], 'is of a built-in objective; objective.module is none');
    }
    const why = 'method flyp has its own objective; leave it out, or use method: retain';
    if (method === 'flyp') refuse(['objective', 'module'], why);
  }
  if (constraints.modules !== undefined) {
    const path = ['constraints', 'modules'];
    if (constraints.penalty === 'none')
      refuse(path, 'weigh nothing under constraints.penalty: none');
    const why =
      'cannot follow measured accuracies, of which a module has none: choose another constraints.drive';
    if (constraints.drive === 'measured') refuse(path, why);
  }
  const names = new Set<string>();
  for (const { name, field } of listModules(plan)) {
    const description = `another module is called ${name} already; give this one a name`;
    if (names.has(name)) refuse(parseFieldPath(field), description);
    names.add(name);
  }
  return problems;
}
