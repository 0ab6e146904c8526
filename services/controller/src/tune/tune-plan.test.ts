import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonLines } from '@holdfast/artifacts';
import { parsePlan } from '@holdfast/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { hostTest, type TestHost } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { prepareTuning, rankTrials, type Trial, tunePlan } from './tune-plan.js';

let host: TestHost;
/** What the encoder was given as its images. */
const tables: string[] = [];
beforeAll(async () => {
  host = await hostTest(({ encoder }) => ({
    encoder: {
      ...encoder,
      async *openSamples(request, options) {
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
