import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { RunProgress } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTest, type TestHost, uriOf, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

/** Images that each call of the encoder embedded without training on them. */
let embedded: number[] = [];
/** A share that pays for as many leaders as there are checkpoints; six small steps pay for one by default. */
const threeLeaders = { measuringShare: 0.9 };
let host: TestHost;
beforeAll(async () => {
  host = await hostTest(({ encoder }) => ({
    encoder: {
      ...encoder,
      encode: (request, options) => {
        if (!request.retain && request.images !== undefined) {
          embedded.push(request.images.samples?.length ?? 0);
        }
        return encoder.encode(request, options);
      },
    },
  }));
});
afterAll(() => host.close());

/** Runs a small plan to its end: what its last checkpoint knows, its journal, and how many steering measurements it took. */
async function run(overrides: Record<string, object> = {}) {
  embedded = [];
  const { runId, runPath } = await submitPlan(
    host,
    await createSmallPlan({ selection: threeLeaders, ...overrides }),
  );
  let beforeGate: readonly number[] = [];
  const { failure } = await waitForEnd(host.controller, runId, ({ $case }) => {
    if ($case === 'stateChanged') beforeGate = [...embedded];
  });
  expect(failure).toBeUndefined();
  const read = (path: string) => readFile(join(runPath, path), 'utf8');
  const journal = await read('journal.jsonl');
  const steeringImages = Number(/"screeningImages":(\d+)/.exec(journal)![1]);
  expect(steeringImages).toBeGreaterThan(4);
  return {
    progress: JSON.parse(await read('checkpoints/step-0000006/progress.json')) as RunProgress,
    journal,
    report: await read('report.html'),
    looks: beforeGate.filter((count) => count === steeringImages).length,
  };
}

describe('the measurements of a run', () => {
  it('look at one version of the weights in training, and at the other alphas of those that lead at the end', async () => {
    const { progress, report, looks } = await run();
    const versions = progress.candidates.map(({ step, average, alpha }) => [step, average, alpha]);
    expect(versions).toEqual([2, 4, 6].map((step) => [step, true, 1]));
    expect(progress.leaders).toHaveLength(3);
    expect(new Set(progress.leaders)).toEqual(new Set(leadersOf(report)));
    // The reference, three measurements, and each leader at alpha 0.5.
    expect(looks).toBe(1 + 3 + progress.leaders.length);
    for (const step of progress.leaders) {
      expect(report).toContain(`step ${step}, averaged weights, alpha 0.5`);
    }
  });

  it('look at the last weights too where the multipliers follow them, and do not release those', async () => {
    const { progress, report, looks } = await run({ constraints: { drive: 'measured' } });
    expect(looks).toBe(1 + 2 * 3 + progress.leaders.length);
    expect(report).not.toContain('last weights');
  });

  it('look at the last weights alone where the plan keeps no average', async () => {
    const { progress, looks } = await run({
      training: { weightAverage: 0 },
      constraints: { drive: 'measured' },
    });
    expect(progress.candidates.every(({ average }) => !average)).toBe(true);
    expect(looks).toBe(1 + 3 + progress.leaders.length);
  });

  it('stand in the journal with their plan and the time that they took', async () => {
    const { journal, report } = await run();
    expect(journal).toMatch(/"steering.scheduled","everySteps":2,"screeningImages":\d+,/);
    expect(Number(/"measuringSeconds":([\d.]+)/.exec(journal)![1])).toBeGreaterThan(0);
    expect(report).toMatch(/\d % of \d+ s of training and measuring/);
  });
});

describe('a run stopped while its leaders are measured', () => {
  it('measures them anew and ends with the same bits', async () => {
    const submit = async () => {
      const { runId, runPath } = await submitPlan(
        host,
        await createSmallPlan({ selection: threeLeaders }),
      );
      return { runId, runPath };
    };
    const readVerdict = (path: string) => readFile(join(path, 'verdict.json'), 'utf8');
    const whole = await submit();
    await waitForEnd(host.controller, whole.runId);
    const { runId, runPath } = await submit();
    const stopped = await waitForEnd(host.controller, runId, (event) => {
      if (event.$case === 'progressed' && event.value.activity.includes('leading')) {
        void host.controller.cancelRun({ runId });
      }
    });
    expect(stopped.state).toBe(RunState.RUN_STATE_CANCELLED);
    await host.controller.resumeRun({ runUri: uriOf(runPath) });
    await waitForEnd(host.controller, runId);
    expect(await readVerdict(runPath)).toBe(await readVerdict(whole.runPath));
  });
});

/** Steps whose interpolations the report lists. */
function leadersOf(report: string): number[] {
  return [...report.matchAll(/step (\d+), averaged weights, alpha 0\.5/g)].map((m) => Number(m[1]));
}
