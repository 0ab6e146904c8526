import { canHoldCeilings } from '@holdfast/constraints';
import { isAttack } from '@holdfast/corruption';
import { checkClaims } from './apply-claims.js';
import { checkScope } from './apply-scope.js';
import { checkModules } from './check-modules.js';
import { checkSpaces } from './check-spaces.js';
import type { PlanProblem } from './describe-issue.js';
import { listTargets, targetPath } from './list-targets.js';
import { listProtectedEntries, toAttack } from './protected-entries.js';
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
    ...checkDistillation(checked),
    ...checkObjective(checked),
    ...checkSplit(checked),
    ...checkSpaces(checked),
    ...checkArchives(checked),
    ...checkTargets(checked),
    ...checkTasks(checked),
    ...checkNegatives(checked),
    ...checkCeilings(checked),
    ...checkTraining(checked),
    ...checkScope(checked),
    ...checkCombination(checked),
    ...checkMultipliers(checked),
    ...checkClaims(checked),
    ...checkModules(checked),
  ];
}

/** `flyp` is plain contrastive fine-tuning on all pairs: nothing but they holds the protected tasks. */
function checkMethod({ given, plan }: Checked): PlanProblem[] {
  if (plan.method !== 'flyp') return [];
  const problems: PlanProblem[] = [];
  const refuse = (path: string[], why: string) =>
    problems.push({ path, description: `${why}; leave it out, or use method: retain` });
  if (given.constraints !== undefined) refuse(['constraints'], 'method flyp has no constraints');
  if (given.objective?.kind === 'target') {
    refuse(['objective', 'kind'], 'method flyp contrasts all pairs of a step (joint, weighted)');
  }
  if (plan.heads.enabled) refuse(['heads', 'enabled'], 'method flyp has no task-dependent heads');
  return problems;
}

function checkDistillation({ plan }: Checked): PlanProblem[] {
  const { distillation } = plan;
  if (distillation === undefined) return [];
  if (distillation.unlabelled === undefined) return checkDistilledAttacks(plan);
  if (distillation.examples === 'all') return [];
  const description =
    'is "right", but of images without labels nobody knows which the old model gets right; leave it out';
  return [{ path: ['distillation', 'examples'], description }];
}

/** Answers are compared on one image, and under attack each model has its own. */
function checkDistilledAttacks(plan: PlanDraft): PlanProblem[] {
  const attacked = listProtectedEntries(plan)?.find(
    ({ constrain, corruptions }) => constrain && corruptions.some(isAttack),
  );
  if (attacked === undefined) return [];
  const description = `compares both models' answers on the same images, but in "${attacked.name}" each is attacked by itself: give it constrain: false, or distil on unlabelled images`;
  return [{ path: ['distillation'], description }];
}

function checkObjective({ plan }: Checked): PlanProblem[] {
  const { objective, training } = plan;
  if (objective.kind !== 'weighted') {
    if (objective.protectedShare === undefined) return [];
    const description = `belongs to objective.kind: weighted; the kind is ${objective.kind}`;
    return [{ path: ['objective', 'protectedShare'], description }];
  }
  const { tasksPerStep, examplesPerTask } = training;
  if (tasksPerStep === undefined) return [];
  // A ceiling is in no pair; how many labels a space has is known with the data.
  const ceilings = (listProtectedEntries(plan) ?? []).filter(
    ({ ceiling, constrain }) => ceiling && constrain,
  );
  const most = ceilings.some(({ each }) => each) ? tasksPerStep : ceilings.length;
  if (Math.max(0, tasksPerStep - most) * examplesPerTask >= 2) return [];
  const besides = most > 0 ? ' beside ceilings' : '';
  const description = `may draw fewer than two protected examples a step${besides}, and objective.kind: weighted contrasts them with one another: raise it, or examplesPerTask`;
  return [{ path: ['training', 'tasksPerStep'], description }];
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
  const { protected: written = [] } = plan;
  const targets = listTargets(plan);
  const entries = listProtectedEntries(plan) ?? [];
  const problems: PlanProblem[] = [];
  const whole = new Set<string>();
  const names = new Set<string>();
  for (const [index, { name, labels, where, corruptions, ceiling }] of entries.entries()) {
    const refuse = (description: string) =>
      problems.push({ path: ['protected', index], description });
    const wrong = checkImages(written[index]!, plan);
    const isWhole = labels?.length === 1 && where.length === 0 && corruptions.length === 0;
    const [label] = isWhole ? labels : [];
    // One label may be held from both sides.
    const side = label === undefined ? undefined : JSON.stringify([label, ceiling]);
    if (wrong !== undefined) refuse(wrong);
    else if (labels?.some((one) => targets.includes(one))) {
      const improved = labels.find((one) => targets.includes(one));
      refuse(`${improved} is ${nameRole(targets)}: it cannot be protected from it`);
    } else if (side !== undefined && whole.has(side)) {
      refuse(`${label} is ${ceiling ? 'a ceiling' : 'protected'} twice`);
    } else if (names.has(name)) refuse(`another protected task is called ${name} already`);
    if (side !== undefined) whole.add(side);
    names.add(name);
  }
  if (entries.length > 0 && entries.every(({ constrain }) => !constrain)) {
    const description =
      'are only judged (constrain: false, or trainingImages: 0 of their label space), every one: training needs one to be held to; take that away where there are images to train on';
    problems.push({ path: ['protected'], description });
  } else if (
    entries.length > 0 &&
    entries.every(({ constrain, ceiling }) => ceiling || !constrain)
  ) {
    const description =
      'are ceilings, as far as training is held to them: name at least one class that must not get worse beside them';
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
  const { classes, where, corruptions, severity, attack, space = task.each } = task;
  const said = (['class', 'classes', 'space', 'each'] as const).filter(
    (key) => task[key] !== undefined,
  );
  if (said.length > 1) return `has ${said.join(' and ')}: keep one`;
  if (severity !== undefined && corruptions === undefined) {
    return 'has a severity, but no corruptions that it could be of: name some, such as corruptions: [fog]';
  }
  const wrong = checkAttack(task);
  if (wrong !== undefined) return wrong;
  if (said.length === 0 && !where && !corruptions && !attack) {
    return 'says of no image that it is its own: it needs class, classes, space, each, where, corruptions or attack';
  }
  if (space !== undefined && !Object.hasOwn(spaces, space)) {
    return `is about ${space}, which is no label space of the plan: spaces has ${Object.keys(spaces).join(', ') || 'none'}`;
  }
  if (task.each !== undefined && task.name !== undefined) {
    return `has a name, but is a task for each label of ${space}: leave the name out`;
  }
  const repeated = classes?.find((one, i) => classes.indexOf(one) < i);
  if (repeated !== undefined) return `names ${repeated} twice`;
  const again = corruptions?.find((one, i) => corruptions.indexOf(one) < i);
  if (again !== undefined) return `names the corruption ${again} twice`;
  const columns = Object.keys(where ?? {});
  const read = columns.find((column) => readColumns.includes(column.toLowerCase()));
  if (read === undefined) return undefined;
  return `has a condition on the column ${read}, which has a meaning of its own: conditions are about other columns, labels are named by class or classes`;
}

/** What an attack cannot be with; undefined: nothing. */
function checkAttack(
  task: Exclude<NonNullable<PlanDraft['protected']>[number], string>,
): string | undefined {
  const { attack, corruptions, ceiling } = task;
  if (attack === undefined) return undefined;
  if (corruptions !== undefined) {
    return 'has an attack and corruptions: make it a task for each, an attack is of images as they are';
  }
  if (ceiling) {
    return 'is a ceiling under attack, which any model meets that an attack harms more: leave out one of them';
  }
  const { epsilon, stepSize } = toAttack(attack);
  if (epsilon > 0 && stepSize === 0) {
    return 'has an attack with stepSize 0, which moves no pixel: give it a size, or leave it out';
  }
  return undefined;
}

/** Columns of a manifest that say what an image is and what it is for. */
const readColumns = ['path', 'filepath', 'label', 'title', 'group', 'role', 'split'];

/** Several targets are told from one another, which takes an objective that contrasts all pairs. */
function checkTargets({ plan }: Checked): PlanProblem[] {
  const targets = listTargets(plan);
  const problems = targets.flatMap((label, index): PlanProblem[] => {
    if (targets.indexOf(label) === index) return [];
    return [{ path: targetPath(plan, index), description: `${label} is named twice` }];
  });
  const { kind, module } = plan.objective;
  if (targets.length > 1 && kind !== 'joint' && module === undefined) {
    const description = `is ${kind}, which contrasts no target with another, and the plan has ${targets.length}: take joint`;
    problems.push({ path: ['objective', 'kind'], description });
  }
  const positives = Math.floor(plan.training.targetBatch / 2);
  if (targets.length > positives) {
    const description = `is ${plan.training.targetBatch}, half of which shows targets, and the plan has ${targets.length}: raise it to ${2 * targets.length} at the least`;
    problems.push({ path: ['training', 'targetBatch'], description });
  }
  return problems;
}

function nameRole(targets: readonly string[]): string {
  return targets.length === 1 ? 'the target' : 'a target';
}

function checkNegatives({ plan }: Checked): PlanProblem[] {
  const targets = listTargets(plan);
  const seen = new Set<string>();
  return (plan.target.negatives ?? []).flatMap((label, index) => {
    const description = targets.includes(label)
      ? `${label} is ${nameRole(targets)}: it cannot be its own negative`
      : `${label} is named twice`;
    const isFine = !targets.includes(label) && !seen.has(label);
    seen.add(label);
    return isFine ? [] : [{ path: ['target', 'negatives', index], description }];
  });
}

function checkTraining({ plan }: Checked): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const { steps, warmupSteps, tasksPerStep, weightDecay, weightDecayTowards } = plan.training;
  const entries = listProtectedEntries(plan);
  // How many labels a space has is known with the data.
  const tasks = entries?.some(({ each }) => each)
    ? undefined
    : entries?.filter(({ constrain }) => constrain);
  if (warmupSteps !== 'auto' && steps !== 'auto' && warmupSteps > steps) {
    const description = `${warmupSteps} steps of warm-up are more than the ${steps} steps of the run`;
    problems.push({ path: ['training', 'warmupSteps'], description });
  }
  if (weightDecayTowards === 'reference' && weightDecay === 0) {
    const description =
      'is reference, but weightDecay is 0: nothing pulls; give weightDecay a number, or leave this out';
    problems.push({ path: ['training', 'weightDecayTowards'], description });
  }
  if (tasks !== undefined && tasksPerStep !== undefined && tasksPerStep > tasks.length) {
    const description = `is ${tasksPerStep}, more than the protected tasks (${tasks.length})`;
    problems.push({ path: ['training', 'tasksPerStep'], description });
  }
  return problems;
}

function checkCombination({ plan: { method, constraints } }: Checked): PlanProblem[] {
  const { combine, penalty, drive } = constraints;
  if (combine === 'sum' || method === 'flyp') return [];
  if (penalty !== 'none' || drive === 'measured') return [];
  const description = `is ${combine}, but penalty: none has no gradient to project by; fixed weighs every task alike`;
  return [{ path: ['constraints', 'combine'], description }];
}

/** A weight that is never 0 would push the loss of a ceiling up without end. */
function checkCeilings({ plan }: Checked): PlanProblem[] {
  const { method, constraints } = plan;
  const held = listProtectedEntries(plan)?.filter(({ constrain, ceiling }) => constrain && ceiling);
  if (method === 'flyp' || !held?.length || canHoldCeilings(constraints)) return [];
  const description = `fixed, with the drive ${constraints.drive}, pushes ${held[0]!.name} on where it did not grow, too: take another penalty, or the drive accuracy, flips or measured`;
  return [{ path: ['constraints', 'penalty'], description }];
}

function checkMultipliers({ plan: { constraints } }: Checked): PlanProblem[] {
  const { minimum, initial, maximum } = constraints.multipliers;
  if (minimum <= initial && initial <= maximum) return [];
  const description = `initial must lie between minimum and maximum; they are ${minimum}, ${initial}, ${maximum}`;
  return [{ path: ['constraints', 'multipliers'], description }];
}
