import { TaskComparison, TaskVerdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { describeInfeasible } from './describe-infeasible.js';

const judge = (task: string, accuracyChange: number, ceiling?: boolean) =>
  TaskVerdict.fromPartial({
    comparison: TaskComparison.fromPartial({ task, accuracyChange, ceiling }),
    reason: `'${task}' was judged.`,
  });
const measurement = { groups: 10, groupVariance: 0.1, regressionPValue: 0.001 };

it('names the tasks that regressed, and ends with the finding on the one that lost the most', () => {
  const tasks = [judge('stop', -0.02), judge('yield', -0.3), judge('fog', 0.1)];
  const version = {
    step: 90,
    average: true,
    alpha: 1,
    images: 300,
    targetChange: 0.5,
    tasks: [-0.02, -0.25, 0.1].map((change) => ({ ...measurement, change })),
  };
  const ranked = { version, regressed: [1], retentionChance: 0, score: 0 };
  const protectedTasks = tasks.map(({ comparison }) => ({
    name: comparison!.task,
    ceiling: false,
  }));
  expect(describeInfeasible(protectedTasks, ranked, { tasks })).toBe(
    "Steering data show a regression in every candidate. The one that came nearest is kept for inspection, step 90, averaged weights; it lost on 'yield' (-25.0 points). On validation data, 'yield' was judged.",
  );
});

it('says of a ceiling that it grew', () => {
  const tasks = [judge('stop', -0.05), judge('gore', 0.3, true)];
  const version = { step: 9, average: true, alpha: 1, images: 9, targetChange: 0.5 };
  const changes = [-0.2, 0.4].map((change) => ({ ...measurement, change }));
  const ranked = {
    version: { ...version, tasks: changes },
    regressed: [0, 1],
    retentionChance: 0,
    score: 0,
  };
  const protectedTasks = [
    { name: 'stop', ceiling: false },
    { name: 'gore', ceiling: true },
  ];
  expect(describeInfeasible(protectedTasks, ranked, { tasks })).toContain(
    "it lost on 'stop' (-20.0 points) and grew on 'gore' (40.0 points). On validation data, 'gore' was judged.",
  );
});
