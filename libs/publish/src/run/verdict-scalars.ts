import type { VerdictFile } from '@holdfast/run-store';
import { nameTasks } from './name-tasks.js';
import type { Scalar } from './step-scalars.js';

/** What the gate found, as metrics: `validation/accuracy/<task>` and so on, in [0, 1]; changes and bounds in [-1, 1]. */
export function listVerdictScalars(verdict: VerdictFile['verdict']): Scalar[] {
  const compared = [...verdict.target, ...verdict.protected];
  const tested = verdict.test?.tasks ?? [];
  return [
    ['validation/smallest_accuracy_change', verdict.devSafetyAccuracy],
    ...zipNames(compared).flatMap(([name, task]): Scalar[] => [
      [`validation/accuracy/${name}`, task.candidateAccuracy],
      [`validation/reference_accuracy/${name}`, task.referenceAccuracy],
      [`validation/accuracy_change/${name}`, task.accuracyChange],
      // What must not grow is bounded from above.
      task.ceiling
        ? [`validation/upper_bound/${name}`, task.upperBound]
        : [`validation/lower_bound/${name}`, task.lowerBound],
    ]),
    ...zipNames(tested).flatMap(([name, task]): Scalar[] => [
      [`test/accuracy/${name}`, task.candidateAccuracy],
      [`test/accuracy_change/${name}`, task.accuracyChange],
    ]),
  ];
}

function zipNames<T extends { readonly task: string }>(tasks: readonly T[]): [string, T][] {
  const names = nameTasks(tasks.map(({ task }) => task));
  return tasks.map((task, index) => [names[index]!, task]);
}
