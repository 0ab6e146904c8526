import { type Dataset, type Role, samplesWithRole } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { fillTemplate, findNearestName, formatFieldPath, type PlanDraft } from '@holdfast/plan';
import { listClaims } from '../rules/claims.js';

/** A protected capability of a run, resolved against the data. */
export interface ProtectedTask {
  readonly name: string;
  readonly label: string;
  /** Index of the label in the data set's classes. */
  readonly classIndex: number;
  readonly tolerance: number;
  readonly requiredSlack: number;
}

/** What a run improves and protects. */
export interface RunTasks {
  readonly classes: readonly string[];
  readonly targetIndex: number;
  readonly protectedTasks: readonly ProtectedTask[];
}

/** The protected tasks that a plan names, or every class but the target. */
function listProtected(plan: PlanDraft, classes: readonly string[]) {
  const named = plan.protected ?? classes.filter((label) => label !== plan.target.class);
  return named.map((entry) => (typeof entry === 'string' ? { class: entry } : entry));
}

/**
 * Resolves a plan's class names against the data set's labels.
 *
 * @throws Fault `invalid` that names every unknown or doubly named class, and a step or claim of more tasks than there are.
 */
export function resolveTasks(plan: PlanDraft, classes: readonly string[]): RunTasks {
  const violations: FieldViolation[] = [];
  const indexOf = (label: string, field: string) => {
    const index = classes.indexOf(label);
    if (index < 0) violations.push({ field, description: describeUnknown(label, classes) });
    return index;
  };
  const targetIndex = indexOf(plan.target.class, 'target.class');
  const seen = new Set<string>();
  const protectedTasks = listProtected(plan, classes).map((entry, i): ProtectedTask => {
    const detail = 'requiredSlack' in entry ? entry : undefined;
    const name = detail?.name ?? entry.class;
    if (seen.has(name)) {
      violations.push({ field: `protected[${i}]`, description: `"${name}" is named twice` });
    }
    seen.add(name);
    return {
      name,
      label: entry.class,
      classIndex: indexOf(entry.class, `protected[${i}]`),
      tolerance: detail?.tolerance ?? plan.gate.tolerance,
      requiredSlack: detail?.requiredSlack ?? 0,
    };
  });
  for (const [i, label] of (plan.target.negatives ?? []).entries())
    indexOf(label, `target.negatives[${i}]`);
  for (const label of Object.keys(plan.prompts.classNames))
    indexOf(label, formatFieldPath(['prompts', 'classNames', label]));
  for (const { name, taskCount } of listClaims(plan.gate, protectedTasks.length)) {
    if (taskCount < 2 || taskCount > protectedTasks.length) {
      const about = taskCount < 2 ? 'several' : taskCount;
      const description = `is about ${about} protected tasks, and the plan protects ${protectedTasks.length}`;
      violations.push({ field: `gate.claims.${name}`, description });
    }
  }
  const { tasksPerStep = 1 } = plan.training;
  if (tasksPerStep > protectedTasks.length) {
    const description = `is ${tasksPerStep}, more than the protected tasks (${protectedTasks.length})`;
    violations.push({ field: 'training.tasksPerStep', description });
  }
  if (violations.length > 0)
    throw new Fault('invalid', 'the plan does not fit the data', { violations });
  return { classes, targetIndex, protectedTasks };
}

function describeUnknown(label: string, classes: readonly string[]): string {
  const nearest = findNearestName(label, classes);
  const more = classes.length > 20 ? ', ...' : '';
  const known = `the data has: ${classes.slice(0, 20).join(', ')}${more}`;
  return `no images are labelled "${label}"; ${nearest ? `did you mean "${nearest}"? ` : ''}${known}`;
}

/** Texts of a run: captions by class and template, and the zero-shot classifier's prompts. */
export interface RunPrompts {
  /** Caption of a class under a template. */
  caption(classIndex: number, template: number): string;
  /** Prompts of the constraint's classifier, one a class: the first classifier template. */
  readonly classPrompts: readonly string[];
  /** Prompts of the evaluation's classifier: [class][template]. */
  readonly classifierPrompts: readonly (readonly string[])[];
  readonly templateCount: number;
}

/** What each class is called in prompts: its name in the plan, else its label. */
export function nameClasses(
  { prompts: { classNames } }: Pick<PlanDraft, 'prompts'>,
  classes: readonly string[],
): string[] {
  return classes.map((label) => (Object.hasOwn(classNames, label) ? classNames[label]! : label));
}

/** Fills the plan's templates with the classes' names. */
export function createPrompts(plan: PlanDraft, classes: readonly string[]): RunPrompts {
  const { templates } = plan.prompts;
  const names = nameClasses(plan, classes);
  const classifierTemplates = plan.prompts.classifierTemplates ?? [templates[0]!];
  const captions = names.map((name) => templates.map((template) => fillTemplate(template, name)));
  return {
    caption: (classIndex, template) => captions[classIndex]![template]!,
    classPrompts: names.map((name) => fillTemplate(classifierTemplates[0]!, name)),
    classifierPrompts: names.map((name) => classifierTemplates.map((t) => fillTemplate(t, name))),
    templateCount: templates.length,
  };
}

/** Indices of the samples of a data set by role and, where given, label. */
export function selectSamples(dataset: Dataset, role: Role, label?: string): number[] {
  return samplesWithRole(dataset, role, label).map((sample) => sample.index);
}
