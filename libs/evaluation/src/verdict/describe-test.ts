import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunVerdict } from '@holdfast/run-store';

/** What two models get right on test images, as a verdict file has it: informs, decides nothing. */
export function describeTest({
  devSafetyAccuracy = 0,
  tasks,
}: CompareResponse): NonNullable<RunVerdict['test']> {
  return {
    note: 'point estimates',
    devSafetyAccuracy,
    tasks: tasks.map(({ task, target, exampleCount: examples, ...accuracies }) => {
      const { referenceAccuracy, candidateAccuracy, accuracyChange } = accuracies;
      return { task, target, examples, referenceAccuracy, candidateAccuracy, accuracyChange };
    }),
  };
}
