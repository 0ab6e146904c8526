import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRunFolder } from '@holdfast/run-store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { defaultLimits } from './controller-options.js';
import { restoreQueue } from './restore-queue.js';
import { createRunRegistry } from './run-registry.js';

let base: string;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-restore-')));
});
afterEach(() => rm(base, { recursive: true }));

it('leaves a run that another controller cancels between the look at it and its place in the queue', async () => {
  const runsPath = join(base, 'runs');
  const folder = describeRunFolder(join(runsPath, 'a'));
  await mkdir(folder.path, { recursive: true });
  const origin = { runId: 'a', planName: 'plan.yaml', basePath: base };
  await writeFile(folder.origin, JSON.stringify(origin));
  await writeFile(
    folder.plan,
    JSON.stringify({ model: 'model', data: {}, target: { class: 'a' } }),
  );
  await writeFile(folder.journal, '');
  const context = { runsPath, roots: [base] };
  const registry = createRunRegistry({
    // No run begins.
    ...({} as ServiceClients),
    ...{ ...context, limits: defaultLimits, version: '', command: '', resumesInterrupted: true },
  });
  const at = new Date().toISOString();
  const stop = { event: 'run.stopped', at, state: 'cancelled', kind: 'cancelled', message: 'x' };
  const looking: typeof registry = {
    ...registry,
    get(runId) {
      // The run was read.
      appendFileSync(folder.journal, `${JSON.stringify(stop)}\n`);
      return registry.get(runId);
    },
  };
  await restoreQueue(looking, context, {
    resumesInterrupted: true,
    onRefused: (_, error) => expect.unreachable(String(error)),
  });
  expect(registry.list()).toEqual([]);
  expect(await readFile(folder.journal, 'utf8')).toBe(`${JSON.stringify(stop)}\n`);
});
