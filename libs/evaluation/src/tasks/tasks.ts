import { type Dataset, type Role, samplesWithRole } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import {
  findNearestName,
  formatFieldPath,
  listTargets,
  type PlanDraft,
  targetPath,
} from '@holdfast/plan';
import { taskLimits } from '@holdfast/service-kit';
import { listClaims } from '../rules/claims.js';
import { indexSpaces, type LabelSpace, listSpaces, ownLabel } from './label-spaces.js';
import {
  listConstrained,
  listFloors,
  type ProtectedTask,
  type TaskImages,
} from './protected-task.js';
import { resolveEntries } from './resolve-entries.js';

/** What a run improves and protects. */
export interface RunTasks {
  readonly classes: readonly string[];
  /** Each class is in one, every target in the first. */
  readonly spaces: readonly LabelSpace[];
  /** Classes that the run improves, in the plan's order. */
  readonly targetIndices: readonly number[];
  /** Those that training is held to, in the plan's order, then those that are only judged. */
  readonly protectedTasks: readonly ProtectedTask[];
}

/**
 * Resolves a plan's class names against the data set's labels.
 *
 * @throws Fault `invalid` that names every unknown or doubly named class, a task or label space that cannot be judged, and a
 *   step or claim of more tasks than there are.
 */
export function resolveTasks(plan: PlanDraft, classes: readonly string[]): RunTasks {
  const violations: FieldViolation[] = [];
  const refuse = (field: string, description: string) => violations.push({ field, description });
  const indices = new Map(classes.map((label, index) => [label, index]));
  const indexOf = (label: string, field: string) => {
    const index = indices.get(label) ?? -1;
    if (index < 0) refuse(field, describeUnknown(label, classes));
    return index;
  };
  const targetIndices = listTargets(plan).map((label, i) =>
    indexOf(label, formatFieldPath(targetPath(plan, i))),
  );
  const spaces = listSpaces(plan, classes);
  const spaceOf = indexSpaces(spaces);
  const seen = new Set<string>();
  const tasks = resolveEntries(plan, classes).map((entry): ProtectedTask => {
    const { name, field, constrain, labels, ...rest } = entry;
    if (seen.has(name)) refuse(field, `"${name}" is named twice`);
    seen.add(name);
    const [space, ...others] = new Set(labels.map((label) => spaceOf.get(indexOf(label, field))));
    if (others.length > 0) {
      refuse(field, 'is about labels of several label spaces: make it a task for each');
    }
    const tolerance = entry.tolerance ?? plan.gate.tolerance;
    const among = spaces[space ?? 0]!.classes;
    return { ...rest, name, field, labels, tolerance, among, constrained: constrain };
  });
  const constrained = listConstrained(tasks);
  const protectedTasks = [...constrained, ...tasks.filter((task) => !task.constrained)];
  for (const [i, label] of (plan.target.negatives ?? []).entries())
    indexOf(label, `target.negatives[${i}]`);
  violations.push(...checkSpaces(plan, classes, spaces));
  const floors = listFloors(protectedTasks);
  for (const { name, taskCount } of listClaims(plan.gate, floors.length)) {
    if (taskCount < 2 || taskCount > floors.length) {
      const about = taskCount < 2 ? 'several' : taskCount;
      const beside = floors.length < protectedTasks.length ? ' beside its ceilings' : '';
      const description = `is about ${about} protected tasks, and the plan protects ${floors.length}${beside}`;
      refuse(`gate.claims.${name}`, description);
    }
  }
  const { tasksPerStep = constrained.length } = plan.training;
  if (tasksPerStep > constrained.length) {
    refuse(
      'training.tasksPerStep',
      `is ${tasksPerStep}, more than the protected tasks (${constrained.length})`,
    );
  }
  const { combine, modules = [] } = plan.constraints;
  const held = tasksPerStep + modules.length;
  if (combine === 'projectionByTask' && held > taskLimits.tasksApartMax) {
    refuse(
      'constraints.combine',
      `is projectionByTask, which goes back once for each of ${held} tasks a step; at most ${taskLimits.tasksApartMax}: give training.tasksPerStep fewer, or take projection`,
    );
  }
  if (violations.length > 0)
    throw new Fault('invalid', 'the plan does not fit the data', { violations });
  return { classes, spaces, targetIndices, protectedTasks };
}

/** The targets of a run as tasks: each is all plain images of its label. */
export function listTargetTasks({
  classes,
  targetIndices,
}: Pick<RunTasks, 'classes' | 'targetIndices'>): (TaskImages & { readonly name: string })[] {
  return targetIndices.map((index) => {
    const label = classes[index]!;
    return { name: label, labels: [label], where: [], corruptions: [] };
  });
}

/** What is wrong with label spaces, and with the names of their classes. */
function checkSpaces(
  plan: PlanDraft,
  classes: readonly string[],
  spaces: readonly LabelSpace[],
): FieldViolation[] {
  const written = plan.spaces ?? {};
  const isApart = (name: string | undefined) =>
    name !== undefined && written[name]!.data !== undefined;
  const own = spaces.filter(({ name }) => !isApart(name)).flatMap((space) => space.classes);
  const labelsOf = (indices: readonly number[], name?: string) =>
    indices.map((index) => ownLabel(plan, name, classes[index]!));
  const unknown = (labels: readonly string[], known: readonly string[], field: string[]) =>
    labels
      .filter((label) => !known.includes(label))
      .map((label) => ({
        field: formatFieldPath(field.at(-1) === 'classNames' ? [...field, label] : field),
        description: describeUnknown(label, known),
      }));
  return [
    ...unknown(Object.keys(plan.prompts.classNames), labelsOf(own), ['prompts', 'classNames']),
    ...spaces.flatMap(({ name, classes: indices }): FieldViolation[] => {
      const known = labelsOf(indices, name);
      const few = describeFew(name, known);
      if (name === undefined) {
        return spaces.length > 1 && known.length < 2 ? [{ field: 'data', description: few }] : [];
      }
      const { prompts, classes: listed = [] } = written[name]!;
      const path = ['spaces', name];
      return [
        ...unknown(Object.keys(prompts?.classNames ?? {}), known, [
          ...path,
          'prompts',
          'classNames',
        ]),
        ...unknown(listed, labelsOf(own), [...path, 'classes']),
        ...(known.length < 2 ? [{ field: formatFieldPath(path), description: few }] : []),
      ];
    }),
  ];
}

function describeFew(name: string | undefined, known: readonly string[]): string {
  const whose = name === undefined ? 'outside all spaces' : 'in this space';
  const labels = known.length === 0 ? 'there is no label' : `"${known[0]}" is the only label`;
  return `${labels} ${whose}: it takes two for anything to be told apart`;
}

function describeUnknown(label: string, classes: readonly string[]): string {
  const nearest = findNearestName(label, classes);
  const more = classes.length > 20 ? ', ...' : '';
  const known = `the data has: ${classes.slice(0, 20).join(', ')}${more}`;
  return `no images are labelled "${label}"; ${nearest ? `did you mean "${nearest}"? ` : ''}${known}`;
}

/** Indices of the samples of a data set by role and, where given, label. */
export function selectSamples(dataset: Dataset, role: Role, label?: string): number[] {
  return samplesWithRole(dataset, role, label).map((sample) => sample.index);
}
