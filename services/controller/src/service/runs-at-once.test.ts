import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterEach, describe, expect, it } from 'vitest';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan, type SmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

const hosts: TestHost[] = [];
const plans: SmallPlan[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  for (const { folder } of plans.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function host(...options: Parameters<typeof hostTest>): Promise<TestHost> {
  const started = await hostTest(...options);
  hosts.push(started);
  return started;
}

async function plan(overrides: Record<string, object>): Promise<SmallPlan> {
  const created = await createSmallPlan(overrides);
  plans.push(created);
  return created;
}

/** Everything of a run that its bits are in. */
async function readBits(runPath: string) {
  const read = (name: string) => readFile(join(runPath, name));
  const { candidate, target } = JSON.parse(String(await read('verdict.json')));
  return {
    metrics: String(await read('metrics.jsonl')),
    candidate,
    target,
    weights: sha256(await read('candidate/model.safetensors')),
  };
}

describe('runs at once', () => {
  it('end with the bits of each alone, and none waits for the end of another', async () => {
    const different = [
      await plan({ training: { steps: 12, learningRate: 1e-5 } }),
      await plan({ training: { steps: 12, learningRate: 3e-5 }, engine: { imageChunk: 8 } }),
    ];
    const alone = await host();
    const expected: object[] = [];
    for (const small of different) {
      const { runId, runPath } = await submitPlan(alone, small, 'alone');
      expect((await waitForEnd(alone.controller, runId)).failure).toBeUndefined();
      expected.push(await readBits(runPath));
    }
    expect(expected[0]).not.toEqual(expected[1]);
    const together = await host(() => ({}), 2);
    const runs = [];
    for (const small of different) runs.push(await submitPlan(together, small, 'together'));
    /** Which run took each step. */
    const steps: number[] = [];
    await Promise.all(
      runs.map(({ runId }, index) =>
        waitForEnd(together.controller, runId, ({ $case }) => {
          if ($case === 'stepApplied') steps.push(index);
        }),
      ),
    );
    expect(await Promise.all(runs.map(({ runPath }) => readBits(runPath)))).toEqual(expected);
    const turns = steps.filter((index, at) => at > 0 && steps[at - 1] !== index).length;
    expect(turns).toBeGreaterThan(4);
  });

  it('wait for one another where a service has room for one', async () => {
    const open = new Set<string>();
    const small = await host(
      ({ optimizer }) => ({
        optimizer: {
          ...optimizer,
          async openRun(request) {
            if (open.size > 0 && !open.has(request.runId!)) {
              throw new Fault('exhausted', '1 run is open already', { retryAfterMs: 30_000 });
            }
            open.add(request.runId!);
            return optimizer.openRun(request);
          },
          async closeRun(request) {
            open.delete(request.runId!);
            return optimizer.closeRun(request);
          },
        },
      }),
      2,
    );
    const short = await plan({ training: { steps: 2 } });
    const runs = [await submitPlan(small, short, 'one'), await submitPlan(small, short, 'two')];
    const reasons: (string | undefined)[] = [];
    const ended = await Promise.all(
      runs.map(({ runId }) =>
        waitForEnd(small.controller, runId, (event) => {
          if (event.$case === 'queued') reasons.push(event.value.reason);
        }),
      ),
    );
    expect(ended.map(({ state }) => state)).toEqual([
      RunState.RUN_STATE_COMPLETED,
      RunState.RUN_STATE_COMPLETED,
    ]);
    expect(reasons).toEqual(['1 run is open already']);
  });
});
