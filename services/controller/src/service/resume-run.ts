import { readFile } from 'node:fs/promises';
import { confinePath } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { parsePlan } from '@holdfast/plan';
import {
  type ResumeRunRequest,
  type ResumeRunResponse,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { confineUri, toPath } from '@holdfast/run-kit';
import {
  awaitRunOwner,
  describeRunFolder,
  queueRun,
  type RunOrigin,
  readOrigin,
} from '@holdfast/run-store';
import { collectViolations } from '@holdfast/service-kit';
import { type ActiveRun, isStopping } from './active-run.js';
import { confinePlan } from './confine-plan.js';
import type { Turns } from './create-turns.js';
import { hasEnded } from './describe-run.js';
import { readStored, requireFree, type StoredRun } from './read-stored-run.js';
import type { RunRegistry } from './run-registry.js';

/** Lets the run of a folder wait for its turn; one that waits or is going, or has ended with an outcome, is answered as it is. */
export async function resumeRun(
  registry: RunRegistry,
  roots: readonly string[],
  request: ResumeRunRequest,
  inTurn: Turns,
): Promise<ResumeRunResponse> {
  const violations = collectViolations('ResumeRun');
  const runPath = await confineUri(request.runUri, 'run_uri', { roots, violations });
  violations.throwIfAny();
  const origin = await readOrigin(runPath);
  const going = findGoing(registry, runPath, origin);
  if (going !== undefined) return going;
  // Takes as long as a lease where its owner is elsewhere: nobody else is to wait for that.
  await awaitRunOwner(describeRunFolder(runPath));
  return inTurn(() => resumeSettled(registry, roots, runPath, origin));
}

/**
 * The answer for a run that this process works on, or has in its queue.
 *
 * @throws Fault `precondition` where it is about to stop: it would not go on.
 */
function findGoing(
  registry: RunRegistry,
  runPath: string,
  { runId }: RunOrigin,
): ResumeRunResponse | undefined {
  const going = registry.get(runId);
  if (going?.folder.path !== runPath || hasEnded(going.run)) return undefined;
  if (isStopping(going)) {
    const message = `${runPath}: run "${runId}" is stopping; resume it once it has stopped`;
    throw new Fault('precondition', message);
  }
  return { runId, step: going.run.progress?.step ?? 0 };
}

async function resumeSettled(
  registry: RunRegistry,
  roots: readonly string[],
  runPath: string,
  origin: RunOrigin,
): Promise<ResumeRunResponse> {
  const going = findGoing(registry, runPath, origin);
  if (going !== undefined) return going;
  const { run, entries } = await readStored(runPath);
  await requireFree(run);
  if (run.state === RunState.RUN_STATE_COMPLETED) registry.showFinished(run, origin);
  else {
    registry.requireRoom(origin.caller);
    await enqueueStored(registry, { run, entries }, { origin, roots, isNew: false });
    registry.begin();
  }
  return { runId: origin.runId, step: run.progress?.step ?? 0 };
}

/** What letting a stored run wait needs beside the run. */
export interface StoredWait {
  readonly origin: RunOrigin;
  readonly roots: readonly string[];
  /** See {@link ActiveRun.isNew}. */
  readonly isNew: boolean;
}

/**
 * Lets a run wait that an earlier process left; on disk when the promise resolves.
 *
 * @throws Fault `aborted` where another process works on it, or has since its journal was read, as to cancel it.
 */
export async function enqueueStored(
  registry: RunRegistry,
  { run, entries }: StoredRun,
  { origin, roots, isNew }: StoredWait,
): Promise<void> {
  const runPath = toPath(run.runUri);
  registry.requireIdle(origin.runId);
  await confineStored(runPath, origin, roots);
  const since = await queueRun(describeRunFolder(runPath), { seen: entries });
  registry.enqueue(run, origin, { isNew, since });
}

/** Who wrote a run's folder may have had other roots. @throws Fault `invalid` naming what lies outside of these. */
async function confineStored(
  runPath: string,
  { basePath, planName }: RunOrigin,
  roots: readonly string[],
): Promise<void> {
  await confinePath(basePath, roots);
  const text = await readFile(describeRunFolder(runPath).plan, 'utf8');
  await confinePlan(parsePlan(text, planName), basePath, roots);
}
