import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeFileAtomic } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { OpenRun } from '../run/open-run.js';
import { checkpointPath, type RunFolder } from '../run/run-folder.js';
import { hasConstraints } from '../run/run-settings.js';
import { shareTensor } from '../share-tensor.js';
import type { RunProgress } from './run-progress.js';

/** Written last: a checkpoint without it is not one. */
interface Manifest {
  readonly stepsTaken: number;
  readonly optimizerSha256: Readonly<Record<string, string>>;
  readonly constraintSha256: string;
  readonly progressSha256: string;
}

/** Writes everything of a run after so many steps: weights, moments, estimates, progress. */
export async function writeCheckpoint(run: OpenRun, progress: RunProgress): Promise<string> {
  const path = checkpointPath(run.folder, progress.stepsTaken);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  const written = await run.clients.optimizer.checkpoint({
    runId: run.runId,
    path: join(path, 'optimizer'),
  });
  const constraint = hasConstraints(run.plan)
    ? (await run.clients.constraint.exportState({ runId: run.runId })).state
    : new Uint8Array();
  const progressBytes = new TextEncoder().encode(JSON.stringify(progress));
  await writeFileAtomic(join(path, 'constraint.json'), constraint);
  await writeFileAtomic(join(path, 'progress.json'), progressBytes);
  const manifest: Manifest = {
    stepsTaken: progress.stepsTaken,
    optimizerSha256: written.sha256,
    constraintSha256: sha256(constraint),
    progressSha256: sha256(progressBytes),
  };
  await writeFileAtomic(join(path, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return path;
}

/** Steps taken of every whole checkpoint of a run, ascending. */
export async function listCheckpoints(folder: RunFolder): Promise<number[]> {
  const names = await readdir(folder.checkpoints).catch(() => [] as string[]);
  const steps: number[] = [];
  for (const name of names) {
    const match = /^step-(\d+)$/.exec(name);
    if (match === null) continue;
    const manifest = await readFile(join(folder.checkpoints, name, 'manifest.json')).catch(
      () => undefined,
    );
    if (manifest !== undefined) steps.push(Number(match[1]));
  }
  return steps.sort((a, b) => a - b);
}

/** Reads a file of a checkpoint and holds it against the manifest's hash. */
async function readVerified(path: string, expected: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (sha256(bytes) !== expected) {
    throw new Fault(
      'invalid',
      `${path} is not what was written: its sha256 differs; remove this checkpoint and resume from an earlier one`,
    );
  }
  return bytes;
}

/** Puts a run back to where a checkpoint left it. */
export async function restoreCheckpoint(run: OpenRun, stepsTaken: number): Promise<RunProgress> {
  const path = checkpointPath(run.folder, stepsTaken);
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')) as Manifest;
  const constraint = await readVerified(join(path, 'constraint.json'), manifest.constraintSha256);
  const progress = await readVerified(join(path, 'progress.json'), manifest.progressSha256);
  const restored = await run.clients.optimizer.restore({
    runId: run.runId,
    path: join(path, 'optimizer'),
  });
  if (hasConstraints(run.plan)) {
    await run.clients.constraint.importState({ runId: run.runId, state: constraint });
  }
  if (restored.parameters !== undefined) {
    await shareTensor(restored.parameters, run.optimizer, run.encoder);
  }
  return JSON.parse(progress.toString('utf8')) as RunProgress;
}

/** Removes every checkpoint but the given ones. */
export async function pruneCheckpoints(
  folder: RunFolder,
  keep: ReadonlySet<number>,
): Promise<void> {
  for (const steps of await listCheckpoints(folder)) {
    if (!keep.has(steps)) await rm(checkpointPath(folder, steps), { recursive: true, force: true });
  }
}
