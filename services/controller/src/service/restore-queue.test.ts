import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRunFolder } from '@holdfast/run-store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { defaultLimits } from './controller-options.js';
import { createTurns } from './create-turns.js';
import { noLeftRuns, restoreLeft, restoreQueue } from './restore-queue.js';
import { createRunRegistry } from './run-registry.js';

/** What comes before each wait for a lease. */
const leases = vi.hoisted(() => ({ look: async (_runPath: string): Promise<void> => {} }));
vi.mock('@holdfast/run-store', async (importOriginal) => {
  const store = await importOriginal<typeof import('@holdfast/run-store')>();
  return {
    ...store,
    async awaitRunOwner(...asked: Parameters<typeof store.awaitRunOwner>) {
      await leases.look(asked[0].path);
      return store.awaitRunOwner(...asked);
    },
  };
});

let base: string;
let runsPath: string;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-restore-')));
  runsPath = join(base, 'runs');
});
afterEach(() => {
  leases.look = async () => {};
  return rm(base, { recursive: true });
});

/** The folder of a run that an earlier process left without a word. */
async function leaveRun(runId: string, createdAt?: string) {
  const folder = describeRunFolder(join(runsPath, runId));
  await mkdir(folder.path, { recursive: true });
  const origin = { runId, planName: 'plan.yaml', basePath: base, createdAt };
  await writeFile(folder.origin, JSON.stringify(origin));
  const plan = { model: 'model', data: {}, target: { class: 'a' } };
  await writeFile(folder.plan, JSON.stringify(plan));
  await writeFile(folder.journal, '');
  return folder;
}

/** A registry that begins no run. */
function createIdleRegistry() {
  const context = { runsPath, roots: [base] };
  const registry = createRunRegistry({
    ...({} as ServiceClients),
    ...{ ...context, limits: defaultLimits, version: '', command: '', resumesInterrupted: true },
  });
  return { context, registry: { ...registry, begin: () => {} } };
}

const restoring = {
  resumesInterrupted: true,
  onRefused: (_: string, error: unknown) => expect.unreachable(String(error)),
};

it('leaves a run that another controller cancels between the look at it and its place in the queue', async () => {
  const folder = await leaveRun('a');
  const { context, registry } = createIdleRegistry();
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
  await restoreQueue(looking, context, restoring);
  expect(registry.list()).toEqual([]);
  expect(await readFile(folder.journal, 'utf8')).toBe(`${JSON.stringify(stop)}\n`);
});

it('waits for the leases of what others left together, and takes it up in the order of its submission', async () => {
  await leaveRun('a', '2026-01-02T03:04:06Z');
  await leaveRun('b', '2026-01-02T03:04:05Z');
  const { context, registry } = createIdleRegistry();
  const looks = new Map<string, () => void>();
  leases.look = (path) =>
    new Promise((resolve) => {
      looks.set(path, resolve);
      // The later one is free first.
      if (looks.size === 2) for (const end of [...looks.values()].reverse()) end();
    });
  await restoreLeft(registry, context, restoring, createTurns(), noLeftRuns());
  expect(registry.list().map(({ run }) => run.runId)).toEqual(['b', 'a']);
});
