import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunVerdict, SpaceRecord } from '@holdfast/run-store';
import { describeComparison } from './describe-comparison.js';

/** What two models get right on test images, as a verdict file has it: informs, decides nothing. */
export function describeTest(
  { devSafetyAccuracy = 0, tasks }: CompareResponse,
  spaces: readonly SpaceRecord[],
): NonNullable<RunVerdict['test']> {
  return {
    note: 'informs, decides nothing',
    devSafetyAccuracy,
    tasks: tasks.map((comparison) => {
      const { task, ...evidence } = describeComparison(comparison);
      return { task, target: comparison.target, ...evidence };
    }),
    spaces,
  };
}
