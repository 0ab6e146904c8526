import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it, vi } from 'vitest';
import type { TermRun } from '../term.js';
import { followMeasurement } from './follow-measurement.js';

it('tells the multipliers what steering data show of a task, and nothing of what one group shows', async () => {
  const updateMultipliers = vi.fn(async () => ({}));
  const names = ['many', 'one', 'judged', 'two', 'gone'];
  const run = {
    runId: 'run',
    tasks: {
      protectedTasks: names.map((name) => ({ name, constrained: name !== 'judged' })),
    },
    clients: { constraint: { updateMultipliers } },
  } as unknown as TermRun;
  const found = (task: string, groupCount: number) => ({
    ...{ task, groupCount, accuracyChange: -groupCount / 100 },
    standardError: groupCount < 2 ? 1 : 0.01,
  });
  const tasks = [found('two', 2), found('judged', 9), found('one', 1), found('many', 9)];
  await followMeasurement(run, 8, { tasks } as unknown as CompareResponse);
  expect(updateMultipliers).toHaveBeenCalledExactlyOnceWith({
    runId: 'run',
    step: 8,
    changes: [
      { task: 0, accuracyChange: -0.09, standardError: 0.01 },
      { task: 2, accuracyChange: -0.02, standardError: 0.01 },
    ],
  });
});
