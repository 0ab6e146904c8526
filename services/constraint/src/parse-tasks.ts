import {
  type ConstrainedTask,
  type ConstraintSettings,
  canHoldCeilings,
} from '@holdfast/constraints';
import type { ViolationCollector } from '@holdfast/service-kit';
import { limits } from './limits.js';

/** Checks the protected tasks of a run; what is wrong with them goes to `violations`. */
export function checkTasks(
  tasks: readonly ConstrainedTask[],
  violations: ViolationCollector,
): void {
  violations.require(tasks.length > 0, 'tasks', 'needs at least one task');
  if (
    !violations.require(
      tasks.length <= limits.tasksMax,
      'tasks',
      `has ${tasks.length} tasks, at most ${limits.tasksMax} are allowed`,
    )
  ) {
    return;
  }
  const names = new Map<string, number>();
  tasks.forEach((task, i) => {
    const field = `tasks[${i}]`;
    const { name, requiredSlack, allowedFlipRate } = task;
    checkName(name, `${field}.name`, violations);
    const first = names.get(name);
    if (first === undefined) names.set(name, i);
    else violations.add(`${field}.name`, `'${name}' is the name of tasks[${first}] too`);
    checkClasses(Array.from(task.classes), `${field}.classes`, violations);
    violations.require(
      Number.isFinite(requiredSlack),
      `${field}.required_slack`,
      `must be finite, is ${requiredSlack}`,
    );
    violations.require(
      allowedFlipRate >= 0 && allowedFlipRate <= 1,
      `${field}.allowed_flip_rate`,
      `must be in [0, 1], is ${allowedFlipRate}`,
    );
  });
}

/** Refuses ceilings that nothing would hold, or that settings would push on without end. */
export function checkCeilings(
  tasks: readonly ConstrainedTask[],
  settings: ConstraintSettings | undefined,
  violations: ViolationCollector,
): void {
  const isHeld = settings === undefined || canHoldCeilings(settings);
  tasks.forEach(({ ceiling, classes }, i) => {
    if (!ceiling) return;
    const field = `tasks[${i}].ceiling`;
    violations.require(classes.length > 0, field, 'is set, but the task has no classes');
    const endless = `is set, but the penalty fixed with the drive ${settings?.drive} would push its loss up without end`;
    violations.require(isHeld, field, endless);
  });
}

function checkName(name: string, field: string, violations: ViolationCollector): void {
  violations.require(name !== '', field, 'is required');
  violations.require(
    name.length <= limits.nameLengthMax,
    field,
    `has ${name.length} characters, at most ${limits.nameLengthMax} are allowed`,
  );
}

function checkClasses(
  classes: readonly number[],
  field: string,
  violations: ViolationCollector,
): void {
  violations.require(
    classes.length !== 1 && classes.length <= limits.classesMax,
    field,
    `must have 2 to ${limits.classesMax} classes or none, has ${classes.length}`,
  );
  const seen = new Set<number>();
  const twice = classes.find((row) => seen.size === seen.add(row).size);
  violations.require(twice === undefined, field, `has class ${twice} twice`);
}
