import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readJsonLines } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type Plan, parsePlan, planSchema } from '@holdfast/plan';
import { describeRunFolder, leaseRun } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { hostTest, type TestHost } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { prepareTuning, rankTrials, shortenPlan, type Trial, tunePlan } from './tune-plan.js';

let host: TestHost;
/** What the encoder was given as its images. */
const tables: string[] = [];
/** What opening samples ends with. */
let failure: Fault | undefined;
beforeAll(async () => {
  host = await hostTest(({ encoder }) => ({
    encoder: {
      ...encoder,
      async *openSamples(request, options) {
        if (failure !== undefined) throw failure;
        tables.push(await readFile(new URL(request.samplesUri!), 'utf8'));
        yield* encoder.openSamples(request, options);
      },
    },
  }));
});
afterAll(() => host.close());

async function prepare(budget = 360) {
  const { folder, yaml } = await createSmallPlan();
  const draft = parsePlan(yaml, 'plan.yaml');
  return { folder, tuning: await prepareTuning(draft, folder, budget) };
}

function tune(
  { folder, tuning }: Awaited<ReturnType<typeof prepare>>,
  clients: ServiceClients,
  onTrial: (signal: AbortController) => void = () => {},
): Promise<Trial[]> {
  const abort = new AbortController();
  return tunePlan(tuning, {
    clients,
    path: join(folder, 'tune'),
    onStep: (_, done, total) => {
      if (done === total) onTrial(abort);
    },
    signal: abort.signal,
  });
}

describe('shortenPlan', () => {
  const planOf = (drive: string, everySteps?: number): Plan =>
    planSchema.parse({
      ...{ model: 'm', data: {}, target: { class: 'foggy' }, constraints: { drive } },
      training: { steps: 400, warmupSteps: 40, learningRate: 1e-4 },
      selection: { everySteps },
    }) as Plan;
  const settings = { learningRate: 2e-4, shift: 0, penaltyCoefficient: 1 };

  it.each([
    ['loss', undefined, 60],
    ['loss', 20, 60],
    ['measured', undefined, undefined],
    ['measured', 20, 3],
    ['measured', 1, 1],
  ] as const)(
    'has a trial with the drive %s, measured every %s of 400 steps, measured every %s of 60',
    (drive, every, shorter) => {
      const plan = shortenPlan(planOf(drive, every), 60, settings);
      expect(plan.selection.everySteps).toBe(shorter);
      expect(plan.training).toMatchObject({ steps: 60, warmupSteps: 6, learningRate: 2e-4 });
    },
  );
});

describe('tunePlan', () => {
  it('sees no image that judges, goes on where it stopped, and gives the same trials again', async () => {
    const prepared = await prepare();
    expect(prepared.tuning.rungs).toEqual([
      { trials: 9, steps: 20 },
      { trials: 3, steps: 60 },
    ]);
    let ended = 0;
    const stopped = tune(prepared, host.clients, (abort) => {
      ended += 1;
      if (ended === 2) abort.abort();
    });
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' });
    const trials = await tune(prepared, host.clients);
    expect(trials).toHaveLength(12);
    expect(rankTrials(trials.slice(9))[0]!.score).toBeGreaterThan(Number.NEGATIVE_INFINITY);

    expect(tables.length).toBeGreaterThanOrEqual(12);
    for (const table of tables) {
      expect(table).toContain('steering');
      expect(table).not.toMatch(/validation|test$/m);
    }

    const opened = tables.length;
    expect(await tune(prepared, host.clients)).toEqual(trials);
    expect(tables).toHaveLength(opened);
  }, 300_000);

  it('refuses a folder in which trials run already', async () => {
    const prepared = await prepare();
    const empty = { ...prepared, tuning: { ...prepared.tuning, rungs: [] } };
    const lease = await leaseRun(describeRunFolder(join(prepared.folder, 'tune')));
    await expect(tune(empty, host.clients)).rejects.toThrow(
      `process ${process.pid} of host ${hostname()}`,
    );
    await lease.release();
    expect(await tune(empty, host.clients)).toEqual([]);
  });

  it('keeps that a trial diverged, and nothing of one that failed', async () => {
    const prepared = await prepare();
    const one = { ...prepared, tuning: { ...prepared.tuning, rungs: [{ trials: 1, steps: 20 }] } };
    const journal = join(prepared.folder, 'tune/trials.jsonl');
    failure = new Fault('aborted', 'another writes to it');
    await expect(tune(one, host.clients)).rejects.toThrow('another writes to it');
    expect(await readJsonLines(journal)).toHaveLength(1);
    failure = new Fault('diverged', 'NaN');
    expect(await tune(one, host.clients)).toMatchObject([{ score: Number.NEGATIVE_INFINITY }]);
    failure = undefined;
    expect(await tune(one, host.clients)).toMatchObject([{ score: Number.NEGATIVE_INFINITY }]);
  }, 60_000);

  it('refuses a folder of other trials', async () => {
    const prepared = await prepare();
    const path = join(prepared.folder, 'tune');
    await tunePlan(
      { ...prepared.tuning, rungs: [] },
      { clients: host.clients, path, onStep: () => {}, signal: new AbortController().signal },
    );
    const journal = join(path, 'trials.jsonl');
    expect(await readJsonLines(journal)).toHaveLength(1);
    await writeFile(journal, '{"event":"tuning.started","identity":"other"}\n');
    await expect(tune(prepared, host.clients)).rejects.toThrow('holds trials of another plan');
  });
});
