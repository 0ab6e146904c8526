import { TaskComparison, TaskVerdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { describeInfeasible } from './describe-infeasible.js';

it('names the tasks that regressed, and ends with the finding on the one that lost the most', () => {
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
  const measurement = { groups: 10, groupVariance: 0.1, regressionPValue: 0.001 };
  const version = {
    step: 90,
    average: true,
    alpha: 1,
    images: 300,
    targetChange: 0.5,
    tasks: [-0.02, -0.25, 0.1].map((change) => ({ ...measurement, change })),
  };
  const ranked = { version, regressed: [1], retentionChance: 0, score: 0 };
  const protectedTasks = tasks.map(({ comparison }) => ({ name: comparison!.task }));
  expect(describeInfeasible(protectedTasks, ranked, { tasks })).toBe(
    "Steering data show a regression in every candidate. The one that came nearest is kept for inspection, step 90, averaged weights; it lost on 'yield' (-25.0 points). On validation data, 'yield' was judged.",
  );
});
