import { canHoldCeilings } from '@holdfast/constraints';
import { isAttack } from '@holdfast/corruption';
import { checkClaims } from './apply-claims.js';
import { checkScope } from './apply-scope.js';
import { checkModules } from './check-modules.js';
import { checkSpaces } from './check-spaces.js';
import { checkTasks, nameRole } from './check-tasks.js';
import type { PlanProblem } from './describe-issue.js';
import { listTargets, targetPath } from './list-targets.js';
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
  const problems: PlanProblem[] = [];
  if (distillation.examples !== 'all') {
    const description =
      'is "right", but of images without labels nobody knows which the old model gets right; leave it out';
    problems.push({ path: ['distillation', 'examples'], description });
  }
  const { images, groups } = distillation.unlabelled;
  if (groups !== undefined && images === undefined) {
    const description = 'is about the images of a folder: name it, or leave this out';
    problems.push({ path: ['distillation', 'unlabelled', 'groups'], description });
  }
  return problems;
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
  const { objective, training, heads } = plan;
  if (objective.excludeSameCaption && heads.enabled && heads.negatives === 'shared') {
    const description =
      'tells captions apart by their embeddings, and heads.negatives: shared gives one caption two: leave out one of them';
    return [{ path: ['objective', 'excludeSameCaption'], description }];
  }
  if (objective.kind !== 'weighted') {
    if (objective.protectedShare === undefined) return [];
    const description = `belongs to objective.kind: weighted; the kind is ${objective.kind}`;
    return [{ path: ['objective', 'protectedShare'], description }];
  }
  const entries = listProtectedEntries(plan)?.filter(({ constrain }) => constrain);
  // How many labels a space has is known with the data.
  const all = entries?.some(({ each }) => each) ? undefined : entries?.length;
  const { tasksPerStep = all, examplesPerTask } = training;
  if (tasksPerStep === undefined) return [];
  // A ceiling is in no pair.
  const ceilings = (entries ?? []).filter(({ ceiling }) => ceiling);
  const most = ceilings.some(({ each }) => each) ? tasksPerStep : ceilings.length;
  if (Math.max(0, tasksPerStep - most) * examplesPerTask >= 2) return [];
  const besides = most > 0 ? ' beside ceilings' : '';
  const [path, other] =
    training.tasksPerStep === undefined
      ? ['examplesPerTask', 'name more protected tasks']
      : ['tasksPerStep', 'or examplesPerTask'];
  const description = `may draw fewer than two protected examples a step${besides}, and objective.kind: weighted contrasts them with one another: raise it, ${other}`;
  return [{ path: ['training', path], description }];
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
  if (combine === 'projectionByTask' && drive === 'measured') {
    const description =
      'is projectionByTask, which holds directions, whatever their weights; the drive measured moves nothing but weights: take sum or projection, or another drive';
    return [{ path: ['constraints', 'combine'], description }];
  }
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
