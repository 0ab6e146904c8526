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

/** Gives 20 images of another sign a caption each. */
async function writeCaptions(folder: string): Promise<void> {
  const rows = (await readFile(join(examplePath, 'manifest.csv'), 'utf8')).split('\n');
  const images = rows.filter((row) => row.includes(',no passing,')).slice(0, 20);
  await mkdir(join(folder, 'captions'));
  const lines = images.map(async (row, i) => {
    await cp(join(examplePath, row.split(',')[0]!), join(folder, 'captions', `${i}.png`));
    return `${i}.png,"no passing, for the ${i}. time"`;
  });
  const text = ['filepath,title', ...(await Promise.all(lines))].join('\n');
  await writeFile(join(folder, 'captions.csv'), text);
}

it('trains, chooses and judges by slices, under corruptions, under attack, by another data set with prompts of its own, and by captions', async () => {
  const plan = await createSmallPlan({
    spaces: {
      apart: {
        data: { root: 'apart', manifest: 'apart.csv' },
        prompts: { templates: ['the {} sign.', 'a {}.', 'a {} sign.'] },
      },
      captions: {
        data: { root: 'captions', manifest: 'captions.csv' },
        prompts: { templates: ['{}'] },
      },
    },
    training: { steps: 2, targetBatch: 8, examplesPerTask: 4, warmupSteps: 0, weightAverage: 0.9 },
    selection: { everySteps: 1, alphas: [1] },
  });
  await divide(plan.folder);
  await writeCaptions(plan.folder);
  const written = JSON.parse(plan.yaml);
  const yaml = JSON.stringify({
    ...written,
    protected: [
      { each: 'apart', constrain: false },
      'speed limit 50',
      { class: 'speed limit 50', corruptions: ['gaussianNoise', 'contrast'] },
      { where: { time: ['night'] } },
      {
        class: 'speed limit 50',
        attack: { pgd: { epsilon: '8/255', steps: 3 } },
        constrain: false,
      },
      { class: 'speed limit 50', attack: { pgd: { epsilon: '2/255', steps: 1 } } },
      { space: 'apart', name: 'all apart', where: { time: 'day' } },
      { space: 'captions', name: 'retrieval', constrain: false },
    ],
  });
  const { runId, runPath } = await submitPlan(host, { folder: plan.folder, yaml });
  const ended = await waitForEnd(host.controller, runId);
  expect(ended.failure).toBeUndefined();
  expect(ended.state).toBe(RunState.RUN_STATE_COMPLETED);
  const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
  const judged = verdict.protected as { task: string; examples: number; groups: number }[];
  expect(judged[1]!.groups).toBe(judged[0]!.groups);
  expect(judged.map(({ task, examples }) => [task, examples])).toEqual([
    ['speed limit 50', 11],
    ['speed limit 50, gaussianNoise 3 | contrast 3', 22],
    ['time=night', expect.any(Number)],
    ['speed limit 50, pgd 2/255 in 1 steps of 5/255', 11],
    ['all apart', expect.any(Number)],
    ['apart/road work', 11],
    ['apart/speed limit 30', 11],
    ['speed limit 50, pgd 8/255 in 3 steps of 6.66666666667/255', 11],
    ['retrieval', 6],
  ]);
  const [first] = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).split('\n');
  // What is only judged is no constraint; both models are one at the first step.
  expect(JSON.parse(first!).tasks).toMatchObject([
    { task: 0, constraintEstimate: 0 },
    { task: 1, constraintEstimate: 0 },
    { task: 2, constraintEstimate: 0 },
    { task: 3, constraintEstimate: 0 },
    { task: 4, constraintEstimate: 0 },
  ]);
  const report = await readFile(join(runPath, 'report.html'), 'utf8');
  expect(report).toContain('time=night');
  expect(report).toContain('corrupted images (gaussianNoise 3, contrast 3) are made of');
  expect(report).toContain(
    'training is not held to apart/road work, apart/speed limit 30, speed limit 50, pgd 8/255 in 3 steps of 6.66666666667/255, retrieval',
  );
});

it('improves two classes at once, and tells of each', async () => {
  const plan = await createSmallPlan({
    target: { class: ['speed limit 80', 'road work'] },
    training: { steps: 4, targetBatch: 16, examplesPerTask: 4, warmupSteps: 0, weightAverage: 0 },
    selection: { everySteps: 2, alphas: [1], margin: -1 },
  });
  const { runId, runPath } = await submitPlan(host, plan);
  const ended = await waitForEnd(host.controller, runId);
  expect(ended.failure).toBeUndefined();
  const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
  type Judged = { task: string; accuracyChange: number; examples: number };
  const targets = verdict.target as Judged[];
  expect(targets.map(({ task, examples }) => [task, examples])).toEqual([
    ['speed limit 80', 11],
    ['road work', 11],
  ]);
  expect((verdict.protected as Judged[]).map(({ task }) => task)).toEqual([
    'speed limit 30',
    'speed limit 50',
  ]);
  const report = await readFile(join(runPath, 'report.html'), 'utf8');
  expect(report).toContain('<small>mean of 2</small>');
  expect(report).toContain('Watched: 2 protected tasks and 2 targets');
});
