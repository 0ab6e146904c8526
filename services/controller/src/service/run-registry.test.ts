import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, leaseRun } from '@holdfast/run-store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { type ControllerOptions, defaultLimits } from './controller-options.js';
import { createRun } from './describe-run.js';
import { createRunRegistry } from './run-registry.js';

let runsPath: string;
beforeEach(async () => {
  runsPath = await mkdtemp(join(tmpdir(), 'holdfast-registry-'));
});
afterEach(() => rm(runsPath, { recursive: true }));

function createRegistry(how: Partial<ControllerOptions> = {}) {
  return createRunRegistry({
    // The folders of its runs are empty: no service is called.
    ...({} as ServiceClients),
    ...{ runsPath, roots: [runsPath], limits: defaultLimits, version: '', command: '', ...how },
  });
}
const name = (i: number) => ({ runId: `r${i}`, planName: 'plan.yaml', basePath: runsPath });
const make = (i: number) => createRun({ ...name(i), createdAt: undefined }, runsPath);
const waiting = { isNew: false, since: '' };

it('keeps the last hundred runs that ended in memory', async () => {
  const registry = createRegistry();
  for (let i = 0; i < 150; i += 1) {
    registry.showFinished({ ...make(i), state: RunState.RUN_STATE_COMPLETED }, name(i));
  }
  expect(registry.list()).toHaveLength(150);
  registry.enqueue(make(150), name(150), waiting);
  registry.begin();
  const kept = registry.list().map(({ origin }) => origin.runId);
  expect(kept).toHaveLength(101);
  expect(kept.slice(0, 1).concat(kept.slice(-1))).toEqual(['r50', 'r150']);
  await registry.drain();
});

it('is about to go on with a run that it took up in the end, once another process left that', async () => {
  let leave: (runId: string) => void;
  const left = new Promise<string>((resolve) => {
    leave = resolve;
  });
  const registry = createRegistry({
    resumesInterrupted: true,
    observer: { onLeft: (runId) => leave(runId) },
  });
  const interrupted = { ...make(0), state: RunState.RUN_STATE_INTERRUPTED };
  registry.refuse(runsPath);
  expect(registry.present(interrupted)).toBe(interrupted);
  const lease = await leaseRun(describeRunFolder(runsPath));
  registry.enqueue(interrupted, name(0), waiting);
  registry.begin();
  expect(await left).toBe('r0');
  await lease.release();
  expect(registry.present(interrupted).state).toBe(RunState.RUN_STATE_QUEUED);
});
