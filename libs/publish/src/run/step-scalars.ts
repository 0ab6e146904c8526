import type { StepResult } from '@holdfast/run-store';
import { nameTask } from './name-tasks.js';

/** A number by the name of its metric. */
export type Scalar = readonly [name: string, value: number];

/** The last of a step's metrics: who has it has all of the step. */
export const lastScalar = 'objective';

/**
 * A step as metrics, `constraint/<task>` and so on; `objective` last. Constraints are the estimates u_k: above 0,
 * violated. What is no number, as a loss that overflowed, is left out.
 *
 * @param tasks the protected tasks' names, by number
 */
export function listStepScalars(step: StepResult, tasks: readonly string[]): Scalar[] {
  const visited = step.tasks.flatMap((task): Scalar[] => {
    const name = tasks[task.task] ?? String(task.task);
    return [
      [`constraint/${name}`, task.constraintEstimate],
      [`weight/${name}`, task.weight],
      [`task_loss/${name}`, task.taskLoss],
    ];
  });
  const terms = (step.terms ?? []).map(
    ({ name, value }): Scalar => [`term/${nameTask(name)}`, value],
  );
  const all: Scalar[] = [
    ...visited,
    ...terms,
    ['penalty', step.penalty],
    ['learning_rate', step.learningRate],
    ['gradient_norm', step.gradientNorm],
    [lastScalar, step.objective],
  ];
  return all.filter(([, value]) => Number.isFinite(value));
}
