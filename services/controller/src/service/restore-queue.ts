import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { awaitRunOwner, describeRunFolder, readOrigin, readRunJournal } from '@holdfast/run-store';
import type { ControllerOptions } from './controller-options.js';
import type { Turns } from './create-turns.js';
import { hasEnded } from './describe-run.js';
import { listSubmitted } from './list-runs.js';
import { readStoredRun, requireFree } from './read-stored-run.js';
import { enqueueStored } from './resume-run.js';
import type { RunRegistry } from './run-registry.js';

/** Which runs of earlier processes wait again. */
export interface RestoreQueueOptions {
  /** Also those whose process ended before they did. */
  readonly resumesInterrupted: boolean;
  /** Told of a run that cannot be taken up; the others are. */
  readonly onRefused: (runPath: string, error: unknown) => void;
}

type RestoreContext = Pick<ControllerOptions, 'roots' | 'runsPath'>;

/** A stored run; undefined where it cannot be read, or another process works on it. */
async function findFree(runPath: string): Promise<Run | undefined> {
  try {
    const run = await readStoredRun(runPath);
    await requireFree(run);
    return run;
  } catch {
    return undefined;
  }
}

/** Lets a run wait again if it is one of those that are to, and neither this process nor another one has it. */
async function restoreRun(
  registry: RunRegistry,
  { roots }: RestoreContext,
  runPath: string,
  { resumesInterrupted, onRefused }: RestoreQueueOptions,
): Promise<void> {
  const run = await findFree(runPath);
  const isQueued = run?.state === RunState.RUN_STATE_QUEUED;
  const isLeft = resumesInterrupted && run?.state === RunState.RUN_STATE_INTERRUPTED;
  if (run === undefined || !(isQueued || isLeft)) return;
  const known = registry.get(run.runId);
  if (known !== undefined && !hasEnded(known.run)) return;
  try {
    const entries = await readRunJournal(describeRunFolder(runPath));
    // One that ever did more than wait may have something that is to stay.
    const isNew = isQueued && entries.every(({ event }) => event === 'run.queued');
    await enqueueStored(registry, run, { origin: await readOrigin(runPath), roots, isNew });
  } catch (error) {
    onRefused(runPath, error);
  }
}

/**
 * As {@link restoreQueue}, for the runs whose process may have ended without a word: on another machine, in another container.
 * Takes as long as a lease where one does not renew it; meanwhile others are submitted, resumed and cancelled.
 */
export async function restoreLeft(
  registry: RunRegistry,
  context: RestoreContext,
  options: RestoreQueueOptions,
  inTurn: Turns,
): Promise<void> {
  for (const path of await listSubmitted(context.runsPath)) {
    try {
      await awaitRunOwner(describeRunFolder(path));
    } catch (error) {
      options.onRefused(path, error);
      continue;
    }
    await inTurn(() => restoreRun(registry, context, path, options));
  }
  registry.begin();
}

/** Lets the runs of a folder of runs wait that waited in an earlier process; none begins yet. */
export async function restoreQueue(
  registry: RunRegistry,
  context: RestoreContext,
  options: RestoreQueueOptions,
): Promise<void> {
  for (const path of await listSubmitted(context.runsPath)) {
    await restoreRun(registry, context, path, options);
  }
  registry.announce();
}
