import type { StepResult } from '@holdfast/run-store';

/** What watchers are told of a step's constraints: the protected tasks', then those of the user's own. */
export function describeConstraints({ tasks, terms = [] }: StepResult, names: readonly string[]) {
  const own = terms.flatMap(({ name, value, weight }) =>
    weight === undefined ? [] : [{ task: name, constraintEstimate: value, weight }],
  );
  const inside = tasks.map(({ task, constraintEstimate, weight }) => ({
    // An earlier version wrote down no names.
    task: names[task] ?? `task ${task}`,
    constraintEstimate,
    weight,
  }));
  return [...inside, ...own];
}
