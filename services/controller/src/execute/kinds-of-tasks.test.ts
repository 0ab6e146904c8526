import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan, examplePath } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

/** Gives a small plan's rows a column, and its two other signs a data set of their own. */
async function divide(folder: string): Promise<void> {
  const [header, ...rows] = (await readFile(join(folder, 'manifest.csv'), 'utf8'))
    .trim()
    .split('\n');
  const isApart = (row: string) => /,(road work|speed limit 30),/.test(row);
  const numbered = rows.map((row, i) => `${row},${i % 2 === 0 ? 'day' : 'night'}`);
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(folder, name), `${[`${header},time`, ...lines].join('\n')}\n`);
  await write(
    'manifest.csv',
    numbered.filter((row) => !isApart(row)),
  );
  await write('apart.csv', numbered.filter(isApart));
  await mkdir(join(folder, 'apart'));
  for (const row of rows.filter(isApart)) {
    const [path] = row.split(',');
    await cp(join(examplePath, path!), join(folder, 'apart', path!));
  }
}

it('trains, chooses and judges by slices and by another data set with prompts of its own', async () => {
  const plan = await createSmallPlan({
    spaces: {
      apart: {
        data: { root: 'apart', manifest: 'apart.csv' },
        prompts: { templates: ['the {} sign.', 'a {}.', 'a {} sign.'] },
      },
    },
    training: { steps: 2, targetBatch: 8, examplesPerTask: 4, warmupSteps: 0, weightAverage: 0.9 },
    selection: { everySteps: 1, alphas: [1] },
  });
  await divide(plan.folder);
  const written = JSON.parse(plan.yaml);
  const yaml = JSON.stringify({
    ...written,
    protected: [
      { each: 'apart', constrain: false },
      'speed limit 50',
      { where: { time: ['night'] } },
      { space: 'apart', name: 'all apart', where: { time: 'day' } },
    ],
  });
  const { runId, runPath } = await submitPlan(host, { folder: plan.folder, yaml });
  const ended = await waitForEnd(host.controller, runId);
  expect(ended.failure).toBeUndefined();
  expect(ended.state).toBe(RunState.RUN_STATE_COMPLETED);
  const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
  const judged = verdict.protected as { task: string; examples: number }[];
  expect(judged.map(({ task, examples }) => [task, examples])).toEqual([
    ['speed limit 50', 11],
    ['time=night', expect.any(Number)],
    ['all apart', expect.any(Number)],
    ['apart/road work', 11],
    ['apart/speed limit 30', 11],
  ]);
  const [first] = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).split('\n');
  // What is only judged is no constraint; both models are one at the first step.
  expect(JSON.parse(first!).tasks).toMatchObject([
    { task: 0, constraintEstimate: 0 },
    { task: 1, constraintEstimate: 0 },
    { task: 2, constraintEstimate: 0 },
  ]);
  const report = await readFile(join(runPath, 'report.html'), 'utf8');
  expect(report).toContain('time=night');
  expect(report).toContain('training is not held to apart/road work, apart/speed limit 30');
});
