import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, toUri, writeFileAtomic, writeFolder } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { checkpointPath, listCheckpoints, noProgress, type RunProgress } from '@holdfast/run-store';
import { chooseLeaders, selectorOf } from '../choose/contenders.js';
import { releasedVersion } from '../choose/measure-steering.js';
import { scheduleRun } from '../choose/schedule-run.js';
import type { OpenRun } from '../run/open-run.js';
import type { TermState } from '../terms/term.js';

/** What a checkpoint is held against; it names the optimizer's state.json, which names the rest. */
interface Manifest {
  readonly stepsTaken: number;
  readonly optimizerSha256: Readonly<Record<string, string>>;
  /** By file, of the terms that keep a state. */
  readonly termSha256: Readonly<Record<string, string>>;
  readonly progressSha256: string;
}

/** The states of a run's terms. */
function listStates({ terms }: OpenRun): TermState[] {
  return terms.flatMap(({ state }) => (state === undefined ? [] : [state]));
}

/** Writes everything of a run after so many steps, whole or not at all: weights, moments, estimates, progress. */
export async function writeCheckpoint(run: OpenRun, progress: RunProgress): Promise<void> {
  const states = await Promise.all(
    listStates(run).map(async ({ file, save }) => ({ file, state: await save() })),
  );
  const progressText = JSON.stringify(progress);
  const target = checkpointPath(run.folder, progress.stepsTaken);
  const fence = run.lease.requireHeld;
  const write = async (path: string) => {
    const written = await run.clients.optimizer.checkpoint({
      runId: run.runId,
      leaseTerm: run.lease.term,
      checkpointUri: toUri(join(path, 'optimizer')),
    });
    const manifest: Manifest = {
      stepsTaken: progress.stepsTaken,
      optimizerSha256: written.sha256,
      termSha256: Object.fromEntries(states.map(({ file, state }) => [file, sha256(state)])),
      progressSha256: sha256(progressText),
    };
    for (const { file, state } of states) await writeFileAtomic(join(path, file), state, fence);
    await writeFileAtomic(join(path, 'progress.json'), progressText, fence);
    const manifestText = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFileAtomic(join(path, 'manifest.json'), manifestText, fence);
  };
  await writeFolder(target, write, fence);
}

async function readPart(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: Error) => {
    throw new Fault('invalid', `cannot read ${path}: ${cause.message}`, { cause });
  });
}

/** Reads a file of a checkpoint and holds it against the manifest's hash. */
async function readVerified(path: string, expected: string | undefined): Promise<Buffer> {
  const bytes = await readPart(path);
  if (sha256(bytes) === expected) return bytes;
  throw new Fault('invalid', `${path} is not what was written: its sha256 differs`);
}

/** Reads a manifest, of which a damaged byte may have taken any part. */
async function readManifest(path: string): Promise<Partial<Manifest>> {
  const bytes = await readPart(path);
  try {
    return JSON.parse(bytes.toString('utf8')) as Partial<Manifest>;
  } catch (cause) {
    throw new Fault('invalid', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Progress as it was written. Where it does not say who leads, those do whose checkpoints are there; candidates
 * that were measured for another rule are forgotten.
 */
async function parseProgress(run: OpenRun, text: string): Promise<RunProgress> {
  const stored = JSON.parse(text) as Partial<RunProgress>;
  const progress = { ...noProgress, ...stored };
  if (stored.leaders !== undefined) return progress;
  const candidates = progress.candidates.filter(({ tasks }) => tasks !== undefined);
  const steps = await listCheckpoints(run.folder);
  const count = scheduleRun(run)?.leadersMax ?? 0;
  const leaders = chooseLeaders(run, candidates, { steps, count });
  return { ...progress, candidates, leaders };
}

/**
 * Puts a run back to where a checkpoint left it.
 *
 * @throws Fault `invalid` if the checkpoint is damaged, or one whose weights it may still release.
 */
export async function restoreCheckpoint(run: OpenRun, stepsTaken: number): Promise<RunProgress> {
  const { runId, clients } = run;
  const path = checkpointPath(run.folder, stepsTaken);
  const manifest = await readManifest(join(path, 'manifest.json'));
  await readVerified(join(path, 'optimizer/state.json'), manifest.optimizerSha256?.['state.json']);
  const states = await Promise.all(
    listStates(run).map(async ({ file, restore }) => {
      const state = await readVerified(join(path, file), manifest.termSha256?.[file]);
      return () => restore(state);
    }),
  );
  const bytes = await readVerified(join(path, 'progress.json'), manifest.progressSha256);
  const progress = await parseProgress(run, bytes.toString('utf8'));
  for (const step of progress.leaders) {
    const selector = selectorOf(run, { step, ...releasedVersion(run.plan) });
    // Reads and verifies its weights.
    await clients.optimizer.prepareParameters({ runId, selector });
  }
  const checkpointUri = toUri(join(path, 'optimizer'));
  const restored = await clients.optimizer.restore({ runId, checkpointUri });
  for (const restore of states) await restore();
  if (restored.parameters !== undefined) {
    await run.encoders.receive(restored.parameters);
  }
  return progress;
}
