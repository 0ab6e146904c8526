import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { StepResult } from '@holdfast/run-store';
import { encodePng } from '@holdfast/testing';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../../test-support/host.js';
import { createSmallPlan } from '../../test-support/small-run.js';
import { submitPlan } from '../../test-support/submit-plan.js';

const texts = ['a frog.', 'a horse.', 'a ship.', 'a truck.'];

async function folderOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-unlabelled-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** A grey image of its own. */
const image = (grey: number) => encodePng(8, 8, new Uint8Array(8 * 8 * 3).fill(grey));

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

async function submit(on: TestHost, weight: number, pool: string) {
  const training = { steps: 6, learningRate: 0.001 };
  const unlabelled = { images: pool, texts: join(pool, 'texts.txt'), batch: 6 };
  const plan = await createSmallPlan({ training, distillation: { weight, unlabelled } });
  return submitPlan(on, plan);
}

async function trainSteps(on: TestHost, weight: number, pool: string): Promise<StepResult[]> {
  const { runId } = await submit(on, weight, pool);
  const { failure, runPath, state } = await waitForEnd(on.controller, runId);
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

it('holds the answers on images without labels, beside its constraints, and has the same bits over sockets', async () => {
  const greys = Object.fromEntries(
    [20, 60, 90, 130, 160, 200, 240].map((x) => [`${x}.png`, image(x)]),
  );
  const pool = await folderOf({ ...greys, 'texts.txt': texts.join('\n') });
  const light = await trainSteps(host, 1e-6, pool);
  const heavy = await trainSteps(host, 100, pool);
  const differences = (steps: StepResult[], weight: number) =>
    steps.map(({ terms }) => {
      expect(terms).toMatchObject([{ name: 'the distillation' }]);
      return terms![0]!.value / weight;
    });
  const [loose, held] = [differences(light, 1e-6), differences(heavy, 100)];
  // Both models are one at the first step, on the same augmented images.
  for (const [first] of [loose, held]) expect(first).toBeLessThan(1e-6);
  expect(loose.at(-1)).toBeGreaterThan(1e-4);
  expect(held.at(-1)).toBeLessThan(loose.at(-1)! / 2);
  expect(light.at(-1)!.tasks.length).toBeGreaterThan(0);
  const remote = await hostTestOverGrpc();
  try {
    const steps = await trainSteps(remote, 100, pool);
    expect(steps).toEqual(heavy);
  } finally {
    await remote.close();
  }
});

it('is about synthetic images and the class prompts where a plan names none, and goes on with the same bits', async () => {
  const training = { steps: 6, learningRate: 0.001 };
  const unlabelled = { batch: 6 };
  const steps = async (on: TestHost) => {
    const plan = await createSmallPlan({ training, distillation: { weight: 100, unlabelled } });
    const { runId } = await submitPlan(on, plan);
    const { failure, runPath } = await waitForEnd(on.controller, runId);
    expect(failure).toBeUndefined();
    const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const table = await readFile(join(runPath, 'samples.csv'), 'utf8');
    expect(table.match(/,synthetic \d+$/gm)).toHaveLength(36);
    return lines.map((line): StepResult => JSON.parse(line));
  };
  const here = await steps(host);
  expect(here[0]!.terms![0]!.value / 100).toBeLessThan(1e-6);
  expect(here.at(-1)!.terms![0]!.value / 100).toBeGreaterThan(1e-5);
  const remote = await hostTestOverGrpc();
  try {
    expect(await steps(remote)).toEqual(here);
  } finally {
    await remote.close();
  }
});
