import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '@holdfast/artifacts';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { StepResult } from '@holdfast/run-store';
import { afterEach, expect, it } from 'vitest';
import {
  hostTest,
  hostTestOverGrpc,
  type TestHost,
  uriOf,
  waitForEnd,
} from '../test-support/host.js';
import { hostReplicas } from '../test-support/host-replicas.js';
import { createSmallPlan, type SmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

const hosts: TestHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

/** A small plan that is held to a sign under attack, beside the plain one. */
async function attackedPlan(overrides: Record<string, object> = {}): Promise<SmallPlan> {
  const { folder, yaml } = await createSmallPlan({
    training: { steps: 3, targetBatch: 8, examplesPerTask: 4, warmupSteps: 0, weightAverage: 0.9 },
    selection: { everySteps: 1, alphas: [1] },
    ...overrides,
  });
  const attack = { pgd: { epsilon: '2/255', steps: 2, start: 'random' } };
  const attacked = ['speed limit 50', { class: 'speed limit 50', attack }];
  return { folder, yaml: JSON.stringify({ ...JSON.parse(yaml), protected: attacked }) };
}

/** What a run wrote that has the same bits whenever the plan is the same. */
async function readBits(runPath: string) {
  const metrics = await readFile(join(runPath, 'metrics.jsonl'), 'utf8');
  return { metrics, weights: await sha256File(join(runPath, 'candidate/model.safetensors')) };
}

async function run(host: TestHost, plan: SmallPlan) {
  hosts.push(host);
  const { runId, runPath } = await submitPlan(host, plan);
  const { state, failure } = await waitForEnd(host.controller, runId);
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  return readBits(runPath);
}

const stepsOf = ({ metrics }: { readonly metrics: string }) =>
  metrics
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StepResult);

it('is held to a sign under its own attack, with the same bits in one process, over sockets, and stopped and resumed', async () => {
  const whole = await run(await hostTest(), await attackedPlan());
  const [first, ...later] = stepsOf(whole);
  // Both models are one, and so are their attacks.
  expect(first!.tasks).toMatchObject([{ constraintEstimate: 0 }, { constraintEstimate: 0 }]);
  expect(later.at(-1)!.tasks[1]!.batchValue).not.toBe(later.at(-1)!.tasks[0]!.batchValue);
  expect(await run(await hostTestOverGrpc(), await attackedPlan())).toEqual(whole);

  const host = await hostTest();
  hosts.push(host);
  const { runId, runPath } = await submitPlan(host, await attackedPlan());
  const stopped = await waitForEnd(host.controller, runId, (event) => {
    if (event.$case === 'stepApplied' && event.value.step === 1) {
      void host.controller.cancelRun({ runId });
    }
  });
  expect(stopped.state).toBe(RunState.RUN_STATE_CANCELLED);
  await host.controller.resumeRun({ runUri: uriOf(runPath) });
  await waitForEnd(host.controller, runId);
  expect(await readBits(runPath)).toEqual(whole);
}, 180_000);

it.each(['none', 'candidateOnly'])(
  'measures the old model under its own attack once where the reference is recorded: augmentation %s',
  async (augmentation) => {
    const plan = await attackedPlan({
      training: { steps: 2, targetBatch: 8, examplesPerTask: 4, warmupSteps: 0 },
      constraints: { augmentation },
    });
    const [first] = stepsOf(await run(await hostTest(), plan));
    const values = first!.tasks.map(({ batchValue }) => batchValue);
    // An image that is not augmented has the same bits in any batch; one that is has another loss.
    if (augmentation === 'none') expect(values).toEqual([0, 0]);
    else expect(values[1]).not.toBe(0);
  },
);

it('is divided among encoders: what one finds, to a part in a million', async () => {
  const engine = { threads: 1, imageChunk: 4, textChunk: 4, shards: 'equal' };
  const plan = () => attackedPlan({ engine, training: { steps: 1, warmupSteps: 0 } });
  const [alone] = stepsOf(await run(await hostTest(), await plan()));
  const several = await hostReplicas({ count: 2, trainer: true });
  const [divided] = stepsOf(await run(several, await plan()));
  expect(divided!.tasks).toEqual(alone!.tasks);
  expect(Math.abs(divided!.gradientNorm / alone!.gradientNorm - 1)).toBeLessThan(1e-6);
});
