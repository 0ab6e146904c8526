import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonLines } from '@holdfast/artifacts';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EndedRun, hostTest, type TestHost, uriOf, waitForEnd } from '../test-support/host.js';
import { createSmallPlan, type SmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

let host: TestHost;
let first: SmallPlan;
let judged: EndedRun;
beforeAll(async () => {
  host = await hostTest();
  first = await createSmallPlan(short({}));
  judged = await runIn(first, 'run');
});
afterAll(() => host.close());

/**
 * One step whose candidate every steering result lets pass to the gate: the weights themselves, whose average
 * predicts the same after one step, whatever the seed.
 */
const short = (gate: object) => ({
  training: { steps: 1, warmupSteps: 0, weightAverage: 0 },
  selection: { everySteps: 1, margin: -1 },
  gate: { tolerance: 0.3, ...gate },
});

async function runIn(plan: SmallPlan, name: string): Promise<EndedRun> {
  const { runId } = await submitPlan(host, plan, name);
  return waitForEnd(host.controller, runId);
}

/** The same data with another plan. */
const change = ({ folder, yaml }: SmallPlan, plan: object): SmallPlan => ({
  folder,
  yaml: JSON.stringify({ ...JSON.parse(yaml), ...plan }),
});

const readLedger = (folder: string, name = 'holdfast-ledger.jsonl') =>
  readJsonLines(join(folder, name)) as Promise<{ event: string; level?: number }[]>;
const readVerdict = async ({ runPath }: EndedRun) =>
  JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));

describe('a run', () => {
  it('enters its judgement into the ledger beside the manifest, bound to both models', async () => {
    expect(judged.failure).toBeUndefined();
    const verdict = await readVerdict(judged);
    const [data, judgement, ...verdicts] = await readLedger(first.folder);
    expect(data).toMatchObject({ event: 'data' });
    expect(judgement).toMatchObject({
      event: 'judgement',
      level: 0.05,
      reference: verdict.reference.sha256,
      candidate: expect.stringMatching(/^step 1, .*, run /),
      command: 'holdfast run plan.yaml',
    });
    expect(verdicts.at(-1)).toMatchObject({
      verdict: verdict.outcome,
      candidate: verdict.candidate.sha256,
    });
    const report = await readFile(join(judged.runPath, 'report.html'), 'utf8');
    expect(report).toContain('How often these images have judged');
    expect(report).toContain('this report');
  });

  it('that repeats a judgement, or is resumed after it, is not counted again', async () => {
    const again = await runIn(first, 'again');
    expect(again.failure).toBeUndefined();
    expect(await readVerdict(again)).toEqual(await readVerdict(judged));
    const copy = join(await mkdtemp(join(tmpdir(), 'holdfast-judged-')), 'run');
    await cp(judged.runPath, copy, { recursive: true });
    await rm(join(copy, 'verdict.json'));
    const { runId } = await host.controller.resumeRun({ runUri: uriOf(copy) });
    expect((await waitForEnd(host.controller, runId)).failure).toBeUndefined();
    const entries = await readLedger(first.folder);
    expect(entries.filter(({ event }) => event === 'judgement')).toHaveLength(1);
  });

  it('of another plan is refused before anything trains, once the level is spent', async () => {
    const refused = await runIn(change(first, { seed: 1 }), 'refused');
    expect(refused.state).toBe(RunState.RUN_STATE_FAILED);
    expect(refused.progress?.step).toBe(0);
    expect(refused.failure?.message).toContain('these images have judged once already');
    const own = { tolerance: 0.3, ledger: 'experiments/own.jsonl' };
    const experiment = await runIn(change(first, { seed: 1, gate: own }), 'experiment');
    expect(experiment.failure).toBeUndefined();
    expect(await readLedger(first.folder, own.ledger)).not.toEqual([]);
  });

  it('of a plan that was judged, and predicts otherwise, is told before it trains and keeps its candidate', async () => {
    const path = join(first.folder, 'holdfast-ledger.jsonl');
    const ledger = await readFile(path, 'utf8');
    // As if the models had predicted something else then.
    await writeFile(path, ledger.replace(/"key":"[0-9a-f]{64}"/g, `"key":"${'f'.repeat(64)}"`));
    const { runId } = await submitPlan(host, first, 'elsewhere');
    const told: string[] = [];
    const refused = await waitForEnd(host.controller, runId, (event) => {
      if (event.$case === 'stepApplied') told.push('a step');
      if (event.$case === 'noted') told.push(event.value.message);
    });
    const noted = told.findIndex((message) =>
      message.includes('these images have judged this plan'),
    );
    expect(noted).toBeGreaterThanOrEqual(0);
    expect(told.indexOf('a step')).toBeGreaterThan(noted);
    expect(refused.state).toBe(RunState.RUN_STATE_FAILED);
    expect(refused.failure?.message).toContain('was not judged, and is kept in');
    const weights = await stat(join(refused.runPath, 'candidate', 'model.safetensors'));
    expect(weights.size).toBeGreaterThan(0);
    await writeFile(path, ledger);
  });

  it('judges at the level over the declared number of judgements', async () => {
    const plan = await createSmallPlan(short({ judgementsMax: 4 }));
    for (const seed of [0, 1]) {
      const run = await runIn(change(plan, { seed }), `run-${seed}`);
      expect(run.failure).toBeUndefined();
      const verdict = await readVerdict(run);
      expect(verdict.gate).toMatchObject({ level: 0.0125, judgementsMax: 4 });
    }
    const entries = await readLedger(plan.folder);
    const levels = entries.flatMap(({ event, level }) => (event === 'judgement' ? [level] : []));
    expect(levels).toEqual([0.0125, 0.0125]);
  });

  it('without a feasible candidate takes nothing of the level', async () => {
    // Steps so large that every class is lost, on every sign.
    const plan = await createSmallPlan({
      ...short({}),
      training: { steps: 3, warmupSteps: 0, learningRate: 0.03, weightAverage: 0 },
      selection: { everySteps: 3, alphas: [1], margin: 0 },
    });
    const run = await runIn(plan, 'run');
    expect((await readVerdict(run)).outcome).toBe('NO_FEASIBLE_CANDIDATE');
    expect(await readLedger(plan.folder)).toEqual([]);
  });
});
