import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '@holdfast/plan';
import type { StepResult } from '@holdfast/run-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../../test-support/host.js';
import { createSmallPlan } from '../../test-support/small-run.js';
import { submitPlan } from '../../test-support/submit-plan.js';

let host: TestHost;
let remote: TestHost;
beforeAll(async () => {
  host = await hostTest();
  remote = await hostTestOverGrpc();
});
afterAll(async () => {
  await host.close();
  await remote.close();
});

/** Three steps of the paper's objective, which looks at no protected image, at a rate that changes answers. */
async function trainSteps(
  on: TestHost,
  combine: Plan['constraints']['combine'],
): Promise<StepResult[]> {
  const plan = await createSmallPlan({
    training: { steps: 3, warmupSteps: 1, learningRate: 0.0005, augmentation: { shift: 0 } },
    selection: { everySteps: 3, alphas: [1] },
    objective: { kind: 'target' },
    constraints: { penalty: 'fixed', combine },
  });
  const { runId } = await submitPlan(on, plan);
  const { failure, runPath } = await waitForEnd(on.controller, runId);
  expect(failure).toBeUndefined();
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

it.each(['projection', 'projectionByTask'] as const)(
  'projects the steps that go against the protected tasks by %s, with the same bits over sockets',
  async (combine) => {
    const steps = await trainSteps(host, combine);
    const projections = steps.map(({ terms }) => {
      expect(terms).toMatchObject([{ name: 'the projection' }]);
      return terms![0]!.value;
    });
    expect(projections.every((value) => value >= 0)).toBe(true);
    expect(projections.some((value) => value > 0)).toBe(true);
    expect(await trainSteps(remote, combine)).toEqual(steps);
  },
);
