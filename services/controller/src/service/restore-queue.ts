import { stat } from 'node:fs/promises';
import { ignoreMissing } from '@holdfast/artifacts';
import { describeError, forEachBounded } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { awaitRunOwner, describeRunFolder, pullRun, readOrigin } from '@holdfast/run-store';
import { isAborted } from './active-run.js';
import type { ControllerOptions } from './controller-options.js';
import type { Turns } from './create-turns.js';
import { hasEnded } from './describe-run.js';
import { listRunFolders } from './list-run-folders.js';
import { sortSubmitted } from './list-runs.js';
import { readStored, requireFree } from './read-stored-run.js';
import { enqueueStored } from './resume-run.js';
import type { RunRegistry } from './run-registry.js';

/** Which runs of earlier processes wait again. */
export interface RestoreQueueOptions {
  /** Also those whose process ended before they did. */
  readonly resumesInterrupted: boolean;
  /** Told of a run that cannot be read, or taken up; the others are. */
  readonly onRefused: (runPath: string, error: unknown) => void;
}

type RestoreContext = Pick<ControllerOptions, 'roots' | 'runsPath'>;

/** What is restored of one run. */
interface RestoreRunOptions extends Pick<RestoreQueueOptions, 'resumesInterrupted'> {
  /** Whether it is taken up where it waited in an earlier process; default yes. */
  readonly takesQueued?: boolean;
}

/**
 * Lets a run wait again if it is one of those that are to, and this process does not have it.
 *
 * @throws Fault `aborted` where another process works on it; what else keeps it from being read, or taken up.
 */
async function restoreRun(
  registry: RunRegistry,
  { roots }: RestoreContext,
  runPath: string,
  { resumesInterrupted, takesQueued = true }: RestoreRunOptions,
): Promise<void> {
  const { run, entries } = await readStored(runPath);
  await requireFree(run);
  const isQueued = run.state === RunState.RUN_STATE_QUEUED && takesQueued;
  const isLeft = resumesInterrupted && run.state === RunState.RUN_STATE_INTERRUPTED;
  if (!isQueued && !isLeft) return;
  const known = registry.get(run.runId);
  if (known !== undefined && !hasEnded(known.run)) return;
  try {
    // One that ever did more than wait may have something that is to stay.
    const isNew = isQueued && entries.every(({ event }) => event === 'run.queued');
    const origin = await readOrigin(runPath);
    await enqueueStored(registry, { run, entries }, { origin, roots, isNew });
  } catch (error) {
    if (!isAborted(error)) registry.refuse(runPath);
    throw error;
  }
}

/** What looks at the runs that others left have found. */
export interface LeftRuns {
  /** The first look, where one is to come: what waits since it is over is in another controller's queue, and left there. */
  firstLook: 'none' | 'pending' | 'over';
  /** Why each that could not be taken up was not, as it was last told. */
  readonly refused: Map<string, string>;
  /** The journals of those that were not to be taken up: they are not read again until these change. */
  readonly settled: Map<string, string>;
}

/** Before the first look. */
export const noLeftRuns = (): LeftRuns => ({
  firstLook: 'none',
  refused: new Map(),
  settled: new Map(),
});

/** Tells of a run's journal whether it has changed; undefined where there is none. @throws where that cannot be told. */
async function markJournal(runPath: string): Promise<string | undefined> {
  const folder = describeRunFolder(runPath);
  await pullRun(folder);
  const file = await stat(folder.journal, { bigint: true }).catch(ignoreMissing(folder.journal));
  return file && `${file.ino} ${file.size} ${file.mtimeNs}`;
}

const leasesAtOnce = 16;

/** Those of some runs that no process works on, in their order. Looked at together: each takes as long as a lease where its owner is gone. */
async function selectFree(
  paths: readonly string[],
  refuse: (path: string, error: unknown) => void,
): Promise<string[]> {
  const free = new Set<string>();
  async function look(path: string): Promise<void> {
    try {
      if ((await awaitRunOwner(describeRunFolder(path))) === undefined) free.add(path);
    } catch (error) {
      refuse(path, error);
    }
  }
  await forEachBounded(paths, look, { concurrency: leasesAtOnce });
  return paths.filter((path) => free.has(path));
}

/**
 * As {@link restoreQueue}, for the runs whose process may have ended without a word: on another machine, in another container.
 * Takes as long as a lease where one does not renew it; meanwhile others are submitted, resumed and cancelled.
 *
 * Later looks take up what was interrupted since, and what could not be read or taken up before, as on a full disk; not what
 * this process itself worked on.
 */
export async function restoreLeft(
  registry: RunRegistry,
  context: RestoreContext,
  { onRefused, ...options }: RestoreQueueOptions,
  inTurn: Turns,
  left: LeftRuns,
): Promise<void> {
  const { firstLook, refused, settled } = left;
  const own = new Set(registry.list().map(({ folder }) => folder.path));
  const marks = new Map<string, string | undefined>();
  const refuse = (path: string, error: unknown) => {
    const reason = describeError(error);
    if (refused.get(path) !== reason) onRefused(path, error);
    refused.set(path, reason);
  };
  for (const path of await listRunFolders(context.runsPath)) {
    if (own.has(path)) continue;
    try {
      const mark = await markJournal(path);
      if (mark === undefined || settled.get(path) !== mark) marks.set(path, mark);
    } catch (error) {
      refuse(path, error);
    }
  }
  const sorted = await sortSubmitted([...marks.keys()]);
  for (const path of await selectFree(sorted, refuse)) {
    const taking = { ...options, takesQueued: firstLook !== 'over' || refused.has(path) };
    try {
      await inTurn(() => restoreRun(registry, context, path, taking));
    } catch (error) {
      if (!isAborted(error)) refuse(path, error);
      continue;
    }
    refused.delete(path);
    const mark = marks.get(path);
    if (mark !== undefined) settled.set(path, mark);
  }
  left.firstLook = 'over';
  registry.begin();
}

/** Lets the runs of a folder of runs wait that waited in an earlier process; none begins yet. */
export async function restoreQueue(
  registry: RunRegistry,
  context: RestoreContext,
  options: RestoreQueueOptions,
): Promise<void> {
  for (const path of await sortSubmitted(await listRunFolders(context.runsPath))) {
    await restoreRun(registry, context, path, options).catch((error) => {
      if (!isAborted(error)) options.onRefused(path, error);
    });
  }
  registry.announce();
}
