import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { RunVerdict } from '@holdfast/run-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

/** What was lost on three test images of each class, and what it may have been at the level of the gate. */
function expectTestBounds({ test, gate }: RunVerdict): void {
  expect(gate.level).toBeLessThan(0.05);
  expect(test!.tasks.map(({ target, ceiling }) => [target, ceiling])).toEqual([
    [true, undefined],
    [false, undefined],
    [false, undefined],
    [false, true],
  ]);
  for (const { examples, groups, ...task } of test!.tasks) {
    expect(examples).toBe(3);
    expect(task.accuracyChange).toBe((task.positiveFlips! - task.negativeFlips!) / 3);
    expect(task.lowerBound).toBeLessThanOrEqual(task.accuracyChange);
    expect(task.upperBound).toBeGreaterThanOrEqual(task.accuracyChange);
    // Without a flip, what groups of which none shows a loss rule out: (1 - d)^G = level.
    if (task.method !== 'zero-flip') continue;
    expect(task.lowerBound).toBeCloseTo(gate.level ** (1 / groups!) - 1, 9);
    expect(task.upperBound).toBeCloseTo(1 - gate.level ** (1 / groups!), 9);
  }
  expect(test!.tasks.map(({ method }) => method)).toContain('zero-flip');
}

it('trains, chooses and judges beside a capability that must not grow', async () => {
  const plan = await createSmallPlan({
    training: { steps: 2, targetBatch: 8, examplesPerTask: 4, warmupSteps: 0, weightAverage: 0.9 },
    objective: { kind: 'joint' },
    constraints: { drive: 'measured' },
    selection: { everySteps: 1, alphas: [1] },
    gate: { tolerance: 0.5, judgementsMax: 4 },
  });
  const yaml = JSON.stringify({
    ...JSON.parse(plan.yaml),
    protected: ['speed limit 50', 'road work', { class: 'speed limit 30', ceiling: true }],
  });
  const { runId, runPath } = await submitPlan(host, { folder: plan.folder, yaml });
  const ended = await waitForEnd(host.controller, runId);
  expect(ended.failure).toBeUndefined();
  expect(ended.state).toBe(RunState.RUN_STATE_COMPLETED);
  const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
  const judged = verdict.protected as { task: string; ceiling?: boolean; accuracyChange: number }[];
  expect(judged.map(({ task, ceiling }) => [task, ceiling])).toEqual([
    ['speed limit 50', undefined],
    ['road work', undefined],
    ['speed limit 30 (ceiling)', true],
  ]);
  const changes = judged.slice(0, 2).map(({ accuracyChange }) => accuracyChange);
  expect(verdict.devSafetyAccuracy).toBe(Math.min(...changes));
  expectTestBounds(verdict);
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const [first, second] = lines.map((line) => JSON.parse(line).tasks[2]);
  // Both models are one at the first step.
  expect(first).toMatchObject({ task: 2, constraintEstimate: 0 });
  expect(second.constraintEstimate).not.toBe(0);
  const report = await readFile(join(runPath, 'report.html'), 'utf8');
  expect(report).toContain('Of a ceiling, which must not grow, the tolerance is on the right');
});
