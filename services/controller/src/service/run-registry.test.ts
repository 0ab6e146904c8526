import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { defaultLimits } from './controller-options.js';
import { createRun } from './describe-run.js';
import { createRunRegistry } from './run-registry.js';

it('keeps the last hundred runs that ended in memory', async () => {
  const runsPath = await mkdtemp(join(tmpdir(), 'holdfast-registry-'));
  const registry = createRunRegistry({
    // The folders of its runs are empty: no service is called.
    ...({} as ServiceClients),
    ...{ runsPath, roots: [runsPath], limits: defaultLimits, version: '', command: '' },
  });
  const name = (i: number) => ({ runId: `r${i}`, planName: 'plan.yaml', basePath: runsPath });
  const make = (i: number) => createRun({ ...name(i), createdAt: undefined }, runsPath);
  for (let i = 0; i < 150; i += 1) {
    registry.showFinished({ ...make(i), state: RunState.RUN_STATE_COMPLETED }, name(i));
  }
  expect(registry.list()).toHaveLength(150);
  registry.enqueue(make(150), name(150), { isNew: false, since: '' });
  registry.begin();
  const kept = registry.list().map(({ origin }) => origin.runId);
  expect(kept).toHaveLength(101);
  expect(kept.slice(0, 1).concat(kept.slice(-1))).toEqual(['r50', 'r150']);
  await registry.drain();
  await rm(runsPath, { recursive: true });
});
