import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunVerdict, SpaceRecord } from '@holdfast/run-store';

/** What two models get right on test images, as a verdict file has it: informs, decides nothing. */
export function describeTest(
  { devSafetyAccuracy = 0, tasks }: CompareResponse,
  spaces: readonly SpaceRecord[],
): NonNullable<RunVerdict['test']> {
  return {
    note: 'point estimates',
    devSafetyAccuracy,
    tasks: tasks.map(({ task, target, exampleCount: examples, ...accuracies }) => {
      const { referenceAccuracy, candidateAccuracy, accuracyChange, ceiling } = accuracies;
      return {
        task,
        target,
        examples,
        referenceAccuracy,
        candidateAccuracy,
        accuracyChange,
        ...(ceiling && { ceiling: true }),
      };
    }),
    spaces,
  };
}
