import { TaskComparison, TaskVerdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { describeInfeasible } from './describe-infeasible.js';

it('ends with the finding on the task that lost the most', () => {
  const tasks = (
    [
      ['stop', -0.02],
      ['yield', -0.3],
      ['fog', 0.1],
    ] as const
  ).map(([task, accuracyChange]) =>
    TaskVerdict.fromPartial({
      comparison: TaskComparison.fromPartial({ task, accuracyChange }),
      reason: `'${task}' was judged.`,
    }),
  );
  expect(describeInfeasible(0.01, { tasks })).toBe(
    "On steering data no candidate kept every protected task within selection.margin (0.01). The last checkpoint is kept for inspection. On validation data, 'yield' was judged.",
  );
});
