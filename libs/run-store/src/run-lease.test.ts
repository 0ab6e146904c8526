import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderLeaseStore, writeFileAtomic, writeFolderAtomic } from '@holdfast/artifacts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneCheckpoints } from './checkpoints.js';
import { openMetricsLog } from './metrics-log.js';
import { checkpointPath, describeRunFolder, type RunFolder } from './run-folder.js';
import { openRunJournal } from './run-journal.js';
import { findRunOwner, leaseRun } from './run-lease.js';

let folder: RunFolder;
beforeEach(async () => {
  folder = describeRunFolder(await mkdtemp(join(tmpdir(), 'holdfast-run-')));
  await mkdir(folder.checkpoints);
});
afterEach(() => rm(folder.path, { recursive: true }));

/** Begins the next term as another process would that found the lease without renewal. */
async function takeOver(term = 2): Promise<void> {
  const owner = { processId: 7, host: 'elsewhere', since: 'noon', lengthMs: 60_000 };
  expect(await createFolderLeaseStore(folder.lease).create(term, JSON.stringify(owner))).toBe(true);
}

const lost = { kind: 'aborted', message: expect.stringContaining('process 7 of host elsewhere') };
const entry = { event: 'training.completed' as const, step: 1 } as const;
const times = { seconds: 1, imageWaitSeconds: 0, measuringSeconds: 0, activations: '' };
const step = { step: 0, objective: 1, penalty: 0, learningRate: 0, gradientNorm: 0, tasks: [] };

describe('leaseRun', () => {
  it('refuses a run that somebody works on, and says who', async () => {
    const lease = await leaseRun(folder);
    expect(await findRunOwner(folder)).toMatch(`process ${process.pid} of host `);
    await expect(leaseRun(folder)).rejects.toMatchObject({
      kind: 'aborted',
      message: expect.stringMatching(`process ${process.pid} of .* is working on this run`),
    });
    await lease.release();
    expect(await findRunOwner(folder)).toBeUndefined();
    expect((await leaseRun(folder)).term).toBe(2);
  });

  it('removes what a former owner was about to show', async () => {
    await (await leaseRun(folder)).release();
    await mkdir(join(folder.checkpoints, '.step-0000004.x.tmp'));
    await writeFile(join(folder.path, '.x.tmp'), '');
    await mkdir(checkpointPath(folder, 2));
    await leaseRun(folder);
    expect(await readdir(folder.checkpoints)).toEqual(['step-0000002']);
    expect(await readdir(folder.path)).toEqual(['checkpoints', 'lease']);
  });
});

describe('a former owner that goes on', () => {
  it('shows no checkpoint and no file, and removes no checkpoint', async () => {
    const { requireHeld } = await leaseRun(folder);
    await mkdir(checkpointPath(folder, 2));
    const late = writeFolderAtomic(checkpointPath(folder, 4), () => takeOver(), requireHeld);
    await expect(late).rejects.toMatchObject(lost);
    await expect(writeFileAtomic(folder.verdict, '{}', requireHeld)).rejects.toMatchObject(lost);
    await expect(pruneCheckpoints(folder, new Set(), requireHeld)).rejects.toMatchObject(lost);
    expect(await readdir(folder.checkpoints)).toEqual(['step-0000002']);
  });

  it('shows nothing though it stood still after it had asked', async () => {
    const { requireHeld } = await leaseRun(folder);
    const late = writeFolderAtomic(
      checkpointPath(folder, 4),
      (path) => writeFile(join(path, 'weights'), 'late'),
      async () => {
        await requireHeld();
        // It stands still here; another takes over and writes its own.
        await createFolderLeaseStore(folder.lease).release(1);
        await leaseRun(folder);
        await writeFolderAtomic(checkpointPath(folder, 4), (path) =>
          writeFile(join(path, 'weights'), 'own'),
        );
      },
    );
    await expect(late).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(join(checkpointPath(folder, 4), 'weights'), 'utf8')).toBe('own');
  });

  it('adds nothing to the journal and the metrics that another goes on with', async () => {
    const { requireHeld } = await leaseRun(folder);
    const journal = await openRunJournal(folder, requireHeld);
    const metrics = await openMetricsLog(folder.metrics, 0, requireHeld);
    await journal.append({ ...entry, ...times });
    await metrics.append(step);
    await metrics.flush();
    await createFolderLeaseStore(folder.lease).release(1);
    const later = await leaseRun(folder);
    const theirs = await openRunJournal(folder, later.requireHeld);
    const theirMetrics = await openMetricsLog(folder.metrics, 1, later.requireHeld);
    await expect(journal.append({ ...entry, ...times })).rejects.toMatchObject({ kind: 'aborted' });
    await metrics.append({ ...step, step: 1 });
    await expect(metrics.flush()).rejects.toMatchObject({ kind: 'aborted' });
    expect(theirs.entries).toHaveLength(1);
    for (const path of [folder.journal, folder.metrics]) {
      expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2);
    }
    for (const file of [journal, metrics, theirs, theirMetrics]) await file.close();
  });
});
