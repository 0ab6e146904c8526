import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunProgress } from '@holdfast/run-store';
import { chooseLeaders } from '../choose/contenders.js';
import { measureSteering, type Steering } from '../choose/measure-steering.js';
import type { OpenRun } from '../run/open-run.js';
import type { RunEvent } from '../run/run-feed.js';
import { settleAll } from '../run/settle-all.js';

/** Measures the weights as they stand on steering data, tells the terms that follow them, remembers the candidate and who leads. */
export async function measureProgress(
  run: OpenRun,
  progress: RunProgress,
  steering: Steering,
  publish: (event: RunEvent) => void,
): Promise<RunProgress> {
  const { stepsTaken: step } = progress;
  const { candidate, comparison, last } = await measureSteering(run, steering, step);
  if (last !== undefined) {
    await settleAll(run.terms.map((term) => term.follow?.(step, last)));
  }
  const { targetChange } = candidate;
  publish({
    $case: 'measured',
    value: { step, targetChange, tasks: listTasks(run, comparison) },
  });
  const candidates = [...progress.candidates, candidate];
  const leaders = chooseLeaders(run, candidates, {
    steps: [...progress.leaders, step],
    count: steering.schedule.leadersMax,
  });
  const accuracyChanges = candidate.tasks.map((task) => task?.change ?? 0);
  const measurement = { step, targetChange, accuracyChanges };
  return {
    ...progress,
    candidates,
    leaders,
    measurements: [...progress.measurements, measurement],
  };
}

/** Each protected task of a comparison, in plan order; zeros where no image shows it. */
function listTasks(run: OpenRun, { tasks }: CompareResponse) {
  const found = new Map(tasks.map((task) => [task.task, task]));
  return run.tasks.protectedTasks.map(({ name }) => ({
    task: name,
    referenceAccuracy: found.get(name)?.referenceAccuracy ?? 0,
    accuracyChange: found.get(name)?.accuracyChange ?? 0,
  }));
}
