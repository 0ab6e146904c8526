import { checkClaims } from './apply-claims.js';
import { checkScope } from './apply-scope.js';
import { checkModules } from './check-modules.js';
import { checkSpaces } from './check-spaces.js';
import type { PlanProblem } from './describe-issue.js';
import { listProtectedEntries } from './protected-entries.js';
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
    ...checkSpaces(checked),
    ...checkArchives(checked),
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

function checkArchives({ plan: { data } }: Checked): PlanProblem[] {
  const { archives, columns, manifest } = data;
  if (columns !== undefined && archives === undefined) {
    const description = 'says what columns of archives mean, but data.archives names none';
    return [{ path: ['data', 'columns'], description }];
  }
  if (manifest !== undefined && isBySplit(archives)) {
    const description =
      'divides archives by split, but the manifest says what images are for: name them in one list';
    return [{ path: ['data', 'archives'], description }];
  }
  if (columns?.split !== undefined && isBySplit(archives)) {
    const description = 'names a column, but data.archives says the split already';
    return [{ path: ['data', 'columns', 'split'], description }];
  }
  return [];
}

function isBySplit(archives: PlanDraft['data']['archives']): boolean {
  return typeof archives === 'object' && !Array.isArray(archives);
}

function checkTasks({ plan }: Checked): PlanProblem[] {
  const { protected: written = [], target } = plan;
  const entries = listProtectedEntries(plan) ?? [];
  const problems: PlanProblem[] = [];
  const whole = new Set<string>();
  const names = new Set<string>();
  for (const [index, { name, labels, where }] of entries.entries()) {
    const refuse = (description: string) =>
      problems.push({ path: ['protected', index], description });
    const wrong = checkImages(written[index]!, plan);
    const [label] = labels?.length === 1 && where.length === 0 ? labels : [];
    if (wrong !== undefined) refuse(wrong);
    else if (labels?.includes(target.class)) {
      refuse(`${target.class} is the target: it cannot be protected from it`);
    } else if (label !== undefined && whole.has(label)) refuse(`${label} is protected twice`);
    else if (names.has(name)) refuse(`another protected task is called ${name} already`);
    if (label !== undefined) whole.add(label);
    names.add(name);
  }
  if (entries.length > 0 && entries.every(({ constrain }) => !constrain)) {
    const description =
      'are only judged (constrain: false), every one: training needs one to be held to; take constrain away where there are images to train on';
    problems.push({ path: ['protected'], description });
  }
  return problems;
}

/** What is wrong with how a task says which images are its own; undefined: nothing. */
function checkImages(
  task: NonNullable<PlanDraft['protected']>[number],
  { spaces = {} }: PlanDraft,
): string | undefined {
  if (typeof task === 'string') return undefined;
  const { classes, where, space = task.each } = task;
  const said = (['class', 'classes', 'space', 'each'] as const).filter(
    (key) => task[key] !== undefined,
  );
  if (said.length > 1) return `has ${said.join(' and ')}: keep one`;
  if (said.length === 0 && where === undefined) {
    return 'says of no image that it is its own: it needs class, classes, space, each or where';
  }
  if (space !== undefined && !Object.hasOwn(spaces, space)) {
    return `is about ${space}, which is no label space of the plan: spaces has ${Object.keys(spaces).join(', ') || 'none'}`;
  }
  if (task.each !== undefined && task.name !== undefined) {
    return `has a name, but is a task for each label of ${space}: leave the name out`;
  }
  const repeated = classes?.find((one, i) => classes.indexOf(one) < i);
  if (repeated !== undefined) return `names ${repeated} twice`;
  const columns = Object.keys(where ?? {});
  const read = columns.find((column) => readColumns.includes(column.toLowerCase()));
  if (read === undefined) return undefined;
  return `has a condition on the column ${read}, which has a meaning of its own: conditions are about other columns, labels are named by class or classes`;
}

/** Columns of a manifest that say what an image is and what it is for. */
const readColumns = ['path', 'filepath', 'label', 'title', 'group', 'role', 'split'];

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

function checkTraining({ plan }: Checked): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const { steps, warmupSteps, tasksPerStep } = plan.training;
  const entries = listProtectedEntries(plan);
  // How many labels a space has is known with the data.
  const tasks = entries?.some(({ each }) => each)
    ? undefined
    : entries?.filter(({ constrain }) => constrain);
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
