import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '@holdfast/artifacts';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EndedRun,
  hostTest,
  hostTestOverGrpc,
  type TestHost,
  uriOf,
  waitForEnd,
} from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

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

const training = {
  steps: 3,
  targetBatch: 8,
  examplesPerTask: 4,
  warmupSteps: 1,
  weightAverage: 0.9,
};
const selection = { everySteps: 1, alphas: [1, 0.5] };

/** Runs a plan; with `stopAfter` it is stopped after that step and resumed. */
async function run(
  { controller }: TestHost,
  sections: Record<string, object>,
  stopAfter?: number,
): Promise<EndedRun> {
  const { runId, runPath } = await submitPlan(
    { controller },
    await createSmallPlan({ selection, ...sections }),
  );
  const ended = await waitForEnd(controller, runId, (event) => {
    if (event.$case === 'stepApplied' && event.value.step === stopAfter) {
      void controller.cancelRun({ runId });
    }
  });
  if (stopAfter === undefined) return ended;
  expect(ended.state).toBe(RunState.RUN_STATE_CANCELLED);
  await controller.resumeRun({ runUri: uriOf(runPath) });
  return waitForEnd(controller, runId);
}

async function readBits({ runPath }: EndedRun) {
  return {
    verdict: await readFile(join(runPath, 'verdict.json'), 'utf8'),
    metrics: await readFile(join(runPath, 'metrics.jsonl'), 'utf8'),
    weights: await sha256File(join(runPath, 'candidate/model.safetensors')),
  };
}

describe.each<[string, Record<string, object>]>([
  ['adapters', { training: { ...training, scope: 'adapters', adapters: { rank: 4 } } }],
  ['projections', { training: { ...training, scope: 'projections' } }],
  ['heads', { training: { ...training, scope: 'heads' }, heads: { enabled: true } }],
])('a run of the scope %s', (_, sections) => {
  it('ends with the same bits in one process, over gRPC, and stopped and resumed', async () => {
    const whole = await run(host, sections);
    expect(whole.failure).toBeUndefined();
    expect(whole.state).toBe(RunState.RUN_STATE_COMPLETED);
    const bits = await readBits(whole);
    expect(await readBits(await run(remote, sections))).toEqual(bits);
    expect(await readBits(await run(host, sections, 1))).toEqual(bits);
    const [first, , last] = bits.metrics
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first.gradientNorm).toBeGreaterThan(0);
    expect(last.objective).not.toBe(first.objective);
  });
});
