import { rm } from 'node:fs/promises';
import { isPlanFault } from '@holdfast/plan';
import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import { describeRunFolder, type RunFolder, type RunOrigin } from '@holdfast/run-store';
import { executeRun } from '../execute/execute-run.js';
import { enterState } from '../run/enter-state.js';
import type { StopCause } from '../run/execute-run-options.js';
import { createRunFeed, type RunEvent, type RunFeed } from '../run/run-feed.js';
import type { ControllerOptions } from './controller-options.js';
import { applyEvent, completeRun, hasEnded, stopRun } from './describe-run.js';

/** A run that this process knows: one that it works on, or that it or another one finished. */
export interface ActiveRun {
  readonly folder: RunFolder;
  readonly origin: RunOrigin;
  readonly feed: RunFeed;
  readonly abort: AbortController;
  /** Whether this process made the folder; a resumed run's stays whatever happens. */
  readonly isNew: boolean;
  /** Why it was asked to stop; a user who asks after the process did asks in vain. */
  stopCause?: StopCause;
  run: Run;
}

/** States of a run that has computed nothing. */
const unbegun: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_QUEUED,
  RunState.RUN_STATE_PREPARING,
]);

/** A run that nobody works on yet. */
export function createActiveRun(
  run: Run,
  origin: RunOrigin,
  { isNew }: Pick<ActiveRun, 'isNew'>,
): ActiveRun {
  const folder = describeRunFolder(toPath(run.runUri));
  return { folder, origin, feed: createRunFeed(), abort: new AbortController(), isNew, run };
}

/** Folds an event into the run and tells its watchers. A run that stops enters no state but its last. */
export function publishEvent(entry: ActiveRun, event: RunEvent): void {
  const isStopping = entry.run.state === RunState.RUN_STATE_STOPPING;
  if (isStopping && event.$case === 'stateChanged') return;
  entry.run = event.$case === 'ended' ? event.value.run! : applyEvent(entry.run, event);
  entry.feed.publish(event);
}

/** Asks a run to stop, and says so to its watchers. */
export function stopWork(entry: ActiveRun, cause: StopCause): void {
  if (hasEnded(entry.run) || entry.stopCause !== undefined) return;
  entry.stopCause = cause;
  publishEvent(entry, enterState(RunState.RUN_STATE_STOPPING));
  entry.abort.abort();
}

/** Works on a run until it ends, and says how. Never rejects. */
export async function work(entry: ActiveRun, options: ControllerOptions): Promise<void> {
  const { runId, basePath, planName, modules } = entry.origin;
  const end = await executeRun({
    runId,
    folder: entry.folder,
    basePath,
    planName,
    modules,
    clients: options,
    softwareVersion: options.version,
    command: options.command,
    publish: (event) => publishEvent(entry, event),
    signal: entry.abort.signal,
    stopCause: () => entry.stopCause ?? 'interrupted',
  });
  if ('error' in end) await discardRefused(entry, end.error);
  const run = 'error' in end ? stopRun(entry.run, end.stop) : completeRun(entry.run, end);
  publishEvent(entry, { $case: 'ended', value: { run } });
  entry.feed.close();
}

/**
 * Removes the folder of a new run whose plan was refused before anything was computed: the refusal says
 * all there is, and the mended plan may have the name. Every other failure leaves its folder, whose
 * journal says what happened.
 */
async function discardRefused({ folder, isNew, run }: ActiveRun, error: unknown): Promise<void> {
  if (!isNew || !unbegun.has(run.state) || !isPlanFault(error)) return;
  // What cannot be removed must not keep the run from ending.
  await rm(folder.path, { recursive: true, force: true }).catch(() => {});
}
