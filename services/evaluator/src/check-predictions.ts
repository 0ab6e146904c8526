import type { PairedPredictions } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { taskLimits, type ViolationCollector } from '@holdfast/service-kit';

/** Checks a task's classes, labels, predictions and groups; what is wrong goes to `violations`. */
export function checkPredictions(
  task: PairedPredictions,
  field: string,
  violations: ViolationCollector,
): void {
  checkClasses(task.classes, `${field}.classes`, violations);
  const examples = task.labels.length;
  violations.require(examples > 0, `${field}.labels`, 'needs at least one example');
  for (const [name, indices] of [
    ['labels', task.labels],
    ['reference_predictions', task.referencePredictions],
    ['candidate_predictions', task.candidatePredictions],
  ] as const) {
    violations.require(
      indices.length === examples,
      `${field}.${name}`,
      `has ${indices.length} entries, but there are ${examples} labels`,
    );
    checkIndices(indices, { field: `${field}.${name}`, classes: task.classes.length }, violations);
  }
  checkGroups(task.groups, { field: `${field}.groups`, examples }, violations);
}

function checkClasses(
  classes: readonly string[],
  field: string,
  violations: ViolationCollector,
): void {
  violations.require(
    classes.length >= 1 && classes.length <= taskLimits.classesMax,
    field,
    `must have 1 to ${taskLimits.classesMax} classes, has ${classes.length}`,
  );
  const seen = new Set<string>();
  const twice = classes.find((name) => seen.size === seen.add(name).size);
  violations.require(twice === undefined, field, `has class '${twice}' twice`);
  checkLengths(classes, field, violations);
}

function checkIndices(
  indices: readonly number[],
  { field, classes }: { readonly field: string; readonly classes: number },
  violations: ViolationCollector,
): void {
  const wrong = indices.findIndex((c) => !Number.isInteger(c) || c < 0 || c >= classes);
  violations.require(
    wrong < 0,
    field,
    `entry ${wrong} is ${indices[wrong]}, but there are ${classes} classes`,
  );
}

function checkGroups(
  groups: readonly string[],
  { field, examples }: { readonly field: string; readonly examples: number },
  violations: ViolationCollector,
): void {
  if (groups.length === 0) return;
  violations.require(
    groups.length === examples,
    field,
    `has ${groups.length} entries, but there are ${examples} labels; leave it empty if there are no groups`,
  );
  const unnamed = groups.indexOf('');
  violations.require(
    unnamed < 0,
    field,
    `entry ${unnamed} is empty; name the group of every example`,
  );
  checkLengths(groups, field, violations);
}

function checkLengths(
  names: readonly string[],
  field: string,
  violations: ViolationCollector,
): void {
  const long = names.findIndex((name) => name.length > taskLimits.nameLengthMax);
  violations.require(
    long < 0,
    field,
    `entry ${long} has ${names[long]?.length} characters, at most ${taskLimits.nameLengthMax} are allowed`,
  );
}
