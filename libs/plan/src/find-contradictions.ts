import { checkClaims } from './apply-claims.js';
import { checkScope } from './apply-scope.js';
import { checkModules } from './check-modules.js';
import type { PlanProblem } from './describe-issue.js';
import type { PlanDraft, PlanInput } from './schema.js';

/** A plan as it was written beside the plan with its defaults. */
interface Checked {
  readonly given: Partial<PlanInput>;
  readonly plan: PlanDraft;
}

/** What cannot be meant together, though each part is allowed. `given` tells a choice from a default. */
export function findContradictions(given: Partial<PlanInput>, plan: PlanDraft): PlanProblem[] {
  const checked = { given, plan };
  return [
    ...checkMethod(checked),
    ...checkSplit(checked),
    ...checkTasks(checked),
    ...checkNegatives(checked),
    ...checkTraining(checked),
    ...checkScope(checked),
    ...checkMultipliers(checked),
    ...checkClaims(checked),
    ...checkModules(checked),
  ];
}

/** `flyp` is plain contrastive fine-tuning on all pairs: nothing holds the protected tasks. */
function checkMethod({ given, plan }: Checked): PlanProblem[] {
  if (plan.method !== 'flyp') return [];
  const problems: PlanProblem[] = [];
  const refuse = (path: string[], why: string) =>
    problems.push({ path, description: `${why}; leave it out, or use method: retain` });
  if (given.constraints !== undefined) refuse(['constraints'], 'method flyp has no constraints');
  if (given.objective?.kind === 'target') {
    refuse(['objective', 'kind'], 'method flyp contrasts all pairs of a step (joint)');
  }
  if (plan.heads.enabled) refuse(['heads', 'enabled'], 'method flyp has no task-dependent heads');
  return problems;
}

function checkSplit({ plan: { data } }: Checked): PlanProblem[] {
  const sum = data.split.steering + data.split.validation;
  if (sum < 1) return [];
  const description = `steering + validation is ${sum}: it must be below 1, so that groups are left to train on`;
  return [{ path: ['data', 'split'], description }];
}

function checkTasks({ plan: { protected: tasks = [], target } }: Checked): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const classes = new Set<string>();
  const names = new Set<string>();
  for (const [index, task] of tasks.entries()) {
    const label = typeof task === 'string' ? task : task.class;
    const name = (typeof task === 'string' ? undefined : task.name) ?? label;
    const refuse = (description: string) =>
      problems.push({ path: ['protected', index], description });
    if (label === target.class) refuse(`${label} is the target: it cannot be protected from it`);
    else if (classes.has(label)) refuse(`${label} is protected twice`);
    else if (names.has(name)) refuse(`another protected task is called ${name} already`);
    classes.add(label);
    names.add(name);
  }
  return problems;
}

function checkNegatives({ plan: { target } }: Checked): PlanProblem[] {
  const seen = new Set<string>();
  return (target.negatives ?? []).flatMap((label, index) => {
    const description =
      label === target.class
        ? `${label} is the target: it cannot be its own negative`
        : `${label} is named twice`;
    const isFine = label !== target.class && !seen.has(label);
    seen.add(label);
    return isFine ? [] : [{ path: ['target', 'negatives', index], description }];
  });
}

function checkTraining({ plan: { training, protected: tasks } }: Checked): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const { steps, warmupSteps, tasksPerStep } = training;
  if (warmupSteps !== 'auto' && steps !== 'auto' && warmupSteps > steps) {
    const description = `${warmupSteps} steps of warm-up are more than the ${steps} steps of the run`;
    problems.push({ path: ['training', 'warmupSteps'], description });
  }
  if (tasks !== undefined && tasksPerStep !== undefined && tasksPerStep > tasks.length) {
    const description = `is ${tasksPerStep}, more than the protected tasks (${tasks.length})`;
    problems.push({ path: ['training', 'tasksPerStep'], description });
  }
  return problems;
}

function checkMultipliers({ plan: { constraints } }: Checked): PlanProblem[] {
  const { minimum, initial, maximum } = constraints.multipliers;
  if (minimum <= initial && initial <= maximum) return [];
  const description = `initial must lie between minimum and maximum; they are ${minimum}, ${initial}, ${maximum}`;
  return [{ path: ['constraints', 'multipliers'], description }];
}
