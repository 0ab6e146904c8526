import { removeStored } from '@holdfast/artifacts';
import { describeError, Fault, isFault } from '@holdfast/fault';
import { isPlanFault } from '@holdfast/plan';
import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import {
  describeRunFolder,
  endIdle,
  type RunFolder,
  type RunOrigin,
  studyOf,
} from '@holdfast/run-store';
import { describeRoom } from '../execute/describe-room.js';
import { executeRun } from '../execute/execute-run.js';
import { withRoom } from '../execute/with-room.js';
import { describeStop, leaveUncancelled, type RunStop } from '../run/describe-stop.js';
import { enterState } from '../run/enter-state.js';
import type { ExecuteRunOptions, StopCause } from '../run/execute-run-options.js';
import { createRunFeed, type RunEvent, type RunFeed } from '../run/run-feed.js';
import type { RunObserver } from '../run/run-observer.js';
import { cancelIdle } from './cancel-idle.js';
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
  /** Is told what happens to it. */
  readonly observer?: RunObserver | undefined;
  /** Since when it waits, ISO 8601, and its place among those of the same moment: its order in the queue. */
  readonly since: string;
  readonly order: number;
  /** Why it was not ready when its turn came, and when it is tried again, in milliseconds since 1970. */
  deferral: { readonly reason: string; readonly untilMs: number } | undefined;
  /** Under way while a run that waits is cancelled. */
  cancelling: Promise<void> | undefined;
  /** Why it was asked to stop; a user who asks after the process did asks in vain. */
  stopCause?: StopCause;
  run: Run;
}

/** States of a run that has computed nothing in this turn. */
const unbegun: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_QUEUED,
  RunState.RUN_STATE_PREPARING,
]);

let created = 0;

/** A run that nobody works on yet. */
export function createActiveRun(
  run: Run,
  origin: RunOrigin,
  how: Pick<ActiveRun, 'isNew' | 'since' | 'observer'>,
): ActiveRun {
  created += 1;
  return {
    ...{ origin, run, ...how, order: created },
    folder: describeRunFolder(toPath(run.runUri)),
    feed: createRunFeed(),
    abort: new AbortController(),
    deferral: undefined,
    cancelling: undefined,
  };
}

/** Folds an event into the run and tells its watchers. A run that stops enters no state but its last. */
export function publishEvent(entry: ActiveRun, event: RunEvent): void {
  const isStopping = entry.run.state === RunState.RUN_STATE_STOPPING;
  if (isStopping && event.$case === 'stateChanged') return;
  entry.run = event.$case === 'ended' ? event.value.run! : applyEvent(entry.run, event);
  entry.feed.publish(event);
  entry.observer?.onEvent?.(entry.run, event);
}

/** Asks a run to stop, and says so to its watchers. */
export function stopWork(entry: ActiveRun, cause: StopCause): void {
  if (hasEnded(entry.run) || entry.stopCause !== undefined) return;
  entry.stopCause = cause;
  publishEvent(entry, enterState(RunState.RUN_STATE_STOPPING));
  entry.abort.abort();
}

/** Whether a run that has not ended is to stop, in its turn or while it waits. */
export function isStopping({ stopCause, cancelling }: ActiveRun): boolean {
  return stopCause !== undefined || cancelling !== undefined;
}

/** How a turn of a run was used: it ended, waits for another, is another process's, or ended here because one took it over. */
export type TurnEnd = 'ended' | 'deferred' | 'elsewhere' | 'lost';

/** Works on a run whose turn it is until it ends or has to wait, and says so. Never rejects. */
export async function work(
  entry: ActiveRun,
  options: ControllerOptions,
  { contact, ending }: Pick<ExecuteRunOptions, 'contact' | 'ending'>,
): Promise<TurnEnd> {
  const { runId, basePath, planName, modules } = entry.origin;
  entry.deferral = undefined;
  const end = await executeRun({
    runId,
    folder: entry.folder,
    basePath,
    planName,
    study: studyOf(entry.origin),
    modules,
    contact,
    clients: options,
    checkpointEverySeconds: options.checkpointEverySeconds,
    softwareVersion: options.version,
    command: options.command,
    publish: (event) => publishEvent(entry, event),
    signal: entry.abort.signal,
    ending,
    observer: entry.observer,
    stopCause: () => entry.stopCause ?? 'interrupted',
  });
  if ('deferred' in end) {
    const { deferred } = end;
    const untilMs = Date.now() + (deferred.retryAfterMs ?? 0);
    entry.deferral = { reason: describeError(deferred), untilMs };
    publishEvent(entry, enterState(RunState.RUN_STATE_QUEUED));
    return 'deferred';
  }
  if (!('error' in end)) {
    endRun(entry, completeRun(entry.run, end));
    return 'ended';
  }
  const { error, stop, hold } = end;
  if (hold === 'never') {
    if (isAborted(error)) return 'elsewhere';
    // On disk it still waits.
    if (stop.state === 'cancelled') return 'deferred';
    if (stop.state === 'failed') return failUnopened(entry, stop);
  }
  if (hold === 'kept') await discardRefused(entry, error);
  const stopped = stopRun(entry.run, stop);
  const goesOn = stop.state === 'interrupted' && entry.stopCause === 'interrupted';
  if (goesOn && options.resumesInterrupted) leaveRun(entry, stopped);
  else endRun(entry, stopped);
  return hold === 'lost' ? 'lost' : 'ended';
}

/**
 * Cancels a run that was asked to stop in its turn, and waits for another one. Where its disk is full, it waits for room. Never
 * rejects.
 *
 * @param ending gives up waiting
 */
export async function cancelDeferred(entry: ActiveRun, ending: AbortSignal): Promise<TurnEnd> {
  const { folder } = entry;
  const publish = (event: RunEvent) => publishEvent(entry, event);
  const room = describeRoom({ folder, publish, signal: ending });
  try {
    endRun(entry, stopRun(entry.run, await withRoom(() => cancelIdle(folder), room)));
  } catch (error) {
    if (isAborted(error)) return 'elsewhere';
    // There it still waits.
    const stop = describeStop(error, { signal: ending, stopCause: () => 'interrupted' });
    endRun(entry, stopRun(entry.run, leaveUncancelled(stop, error)));
  }
  return 'ended';
}

/**
 * Ends a run that failed before it was opened, in its folder, too: there it waits, and the next controller would take it up. Where
 * that cannot be written, as where the folder was the failure, its end says so. Never rejects.
 */
async function failUnopened(entry: ActiveRun, stop: RunStop): Promise<TurnEnd> {
  try {
    await endIdle(entry.folder, { event: 'run.stopped', ...stop });
    endRun(entry, stopRun(entry.run, stop));
  } catch (unwritten) {
    if (isAborted(unwritten)) return 'elsewhere';
    const message = `${stop.message}; that could not be written down: ${describeError(unwritten)}; where its folder says that it waits, the next controller takes it up unless it is cancelled`;
    endRun(entry, stopRun(entry.run, { ...stop, message }));
  }
  return 'ended';
}

/** Tells the watchers of a run how it ended. */
export function endRun(entry: ActiveRun, run: Run): void {
  publishEvent(entry, { $case: 'ended', value: { run } });
  entry.feed.close();
}

/** Sends the watchers of a run away that the next controller goes on with: for them it has not ended. */
function leaveRun(entry: ActiveRun, run: Run): void {
  entry.run = run;
  entry.observer?.onEvent?.(run, { $case: 'ended', value: { run } });
  const message = 'this controller is ending; the next one goes on with the run';
  entry.feed.close(new Fault('unavailable', message));
}

/** Whether another process has a run. */
export function isAborted(error: unknown): boolean {
  return isFault(error) && error.kind === 'aborted';
}

/**
 * Removes the folder of a new run whose plan was refused before anything was computed: the refusal says
 * all there is, and the mended plan may have the name. Every other failure leaves its folder, whose
 * journal says what happened.
 */
async function discardRefused({ folder, isNew, run }: ActiveRun, error: unknown): Promise<void> {
  // One that waited for another turn may have trained in an earlier one.
  const isUnbegun = unbegun.has(run.state) && !run.progress?.step;
  if (!isNew || !isUnbegun || !isPlanFault(error)) return;
  // What cannot be removed must not keep the run from ending.
  await removeStored(folder.path).catch(() => {});
}
