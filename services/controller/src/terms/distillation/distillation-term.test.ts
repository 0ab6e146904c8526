import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepResult } from '@holdfast/run-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../../test-support/host.js';
import { createSmallPlan } from '../../test-support/small-run.js';
import { submitPlan } from '../../test-support/submit-plan.js';

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

/** The steps of a small run without constraints, whose rate is high enough to change answers. */
async function trainSteps(on: TestHost, distillation?: object): Promise<StepResult[]> {
  const training = { steps: 12, learningRate: 0.0005, augmentation: { shift: 0 } };
  const plan = await createSmallPlan({ training, ...(distillation && { distillation }) });
  const yaml = JSON.stringify({ ...JSON.parse(plan.yaml), method: 'flyp' });
  const { runId } = await submitPlan(on, { ...plan, yaml });
  const { failure, runPath } = await waitForEnd(on.controller, runId);
  expect(failure).toBeUndefined();
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** What the old model's answers and the new one's differ by at each step, in nats a protected image, times tau. */
const listDifferences = (steps: readonly StepResult[], weight: number) =>
  steps.map(({ terms }) => {
    expect(terms).toMatchObject([{ name: 'the distillation' }]);
    return terms![0]!.value / weight;
  });

it('begins at nothing, and holds answers the closer the more it weighs', async () => {
  const light = listDifferences(await trainSteps(host, { weight: 1e-6 }), 1e-6);
  const heavy = listDifferences(await trainSteps(host, { weight: 100 }), 100);
  // Both models are one.
  for (const [first] of [light, heavy]) expect(first).toBeLessThan(1e-6);
  expect(light.at(-1)).toBeGreaterThan(0.001);
  expect(heavy.at(-1)).toBeLessThan(light.at(-1)! / 2);
});

it('counts no more where only right examples count, and has the same bits over sockets', async () => {
  const all = await trainSteps(host, { weight: 1e-6 });
  const right = await trainSteps(host, { weight: 1e-6, examples: 'right' });
  const [every, some] = [listDifferences(all, 1e-6), listDifferences(right, 1e-6)];
  expect(some[1]).toBeGreaterThan(0);
  expect(some[1]).toBeLessThan(every[1]!);
  const remote = await hostTestOverGrpc();
  try {
    const steps = await trainSteps(remote, { weight: 1e-6 });
    expect(steps.map(({ terms }) => terms)).toEqual(all.map(({ terms }) => terms));
  } finally {
    await remote.close();
  }
});
