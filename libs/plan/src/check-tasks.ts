import type { PlanProblem } from './describe-issue.js';
import { listTargets } from './list-targets.js';
import { listProtectedEntries, toAttack } from './protected-entries.js';
import type { PlanDraft } from './schema.js';

/** What cannot be meant together in the list of protected tasks. */
export function checkTasks({ plan }: { readonly plan: PlanDraft }): PlanProblem[] {
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

/** "the target", or "a target" of several. */
export function nameRole(targets: readonly string[]): string {
  return targets.length === 1 ? 'the target' : 'a target';
}
