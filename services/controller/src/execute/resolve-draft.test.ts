import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonLines } from '@holdfast/artifacts';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, listEntries, readRunJournal } from '@holdfast/run-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, type TestHost, uriOf, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

it('writes what auto became into journal and report, and goes on with it whatever would be derived', async () => {
  const { runId, runPath } = await submitPlan(host, await createSmallPlan());
  await waitForEnd(host.controller, runId, (event) => {
    if (event.$case === 'stepApplied' && event.value.step === 1) {
      void host.controller.cancelRun({ runId });
    }
  });
  const journal = join(runPath, 'journal.jsonl');
  const [entry] = listEntries(await readRunJournal(describeRunFolder(runPath)), 'plan.resolved');
  const values = new Map(entry?.resolutions.map(({ field, value }) => [field, value]));
  // One over e^2.6204, the example's logit scale.
  expect(values.get('constraints.constraintTemperature')).toBe(0.0728);
  expect(values.get('training.learningRate')).toBe(3e-4);
  expect(values.has('training.steps')).toBe(false);

  // As if another version had begun the run.
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.replace('"value":0.0003', '"value":0.0002'));
  await host.controller.resumeRun({ runUri: uriOf(runPath) });
  expect((await waitForEnd(host.controller, runId)).state).toBe(RunState.RUN_STATE_COMPLETED);
  const steps = (await readJsonLines(join(runPath, 'metrics.jsonl'))) as { learningRate: number }[];
  // The warm-up of two steps is over at the second one.
  expect(steps[1]!.learningRate).toBeGreaterThan(2.5e-4);
  expect(Math.max(...steps.slice(2).map(({ learningRate }) => learningRate))).toBeLessThanOrEqual(
    2e-4,
  );
  expect(await readFile(join(runPath, 'report.html'), 'utf8')).toMatch(
    /training\.learningRate<\/th><td class="number">0\.0002<.*a model of \d+ thousand parameters/s,
  );
});

it('derives them anew where nothing was read for training yet, for the data may have changed', async () => {
  const { folder, yaml } = await createSmallPlan();
  const runPath = join(folder, 'run');
  const at = '2026-01-02T03:04:05.678Z';
  const field = 'training.learningRate';
  const entries = [
    { event: 'run.started', at, softwareVersion: 'test', environment: {} },
    { event: 'plan.resolved', resolutions: [{ field, value: 2e-4, because: 'of other data' }] },
  ];
  await mkdir(runPath);
  await writeFile(join(runPath, 'plan.yaml'), yaml);
  const origin = { runId: 'r', planName: 'plan.yaml', basePath: folder, createdAt: at };
  await writeFile(join(runPath, 'origin.json'), JSON.stringify(origin));
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
  await writeFile(join(runPath, 'journal.jsonl'), lines.join(''));
  const listResolved = async () =>
    listEntries(await readRunJournal(describeRunFolder(runPath)), 'plan.resolved');
  await host.controller.resumeRun({ runUri: uriOf(runPath) });
  await waitForEnd(host.controller, 'r', (event) => {
    if (event.$case === 'stepApplied') void host.controller.cancelRun({ runId: 'r' });
  });
  const resolved = await listResolved();
  expect(resolved).toHaveLength(2);
  expect(resolved[1]!.resolutions).toContainEqual(expect.objectContaining({ field, value: 3e-4 }));
  await host.controller.resumeRun({ runUri: uriOf(runPath) });
  await waitForEnd(host.controller, 'r');
  expect(await listResolved()).toEqual(resolved);
});
