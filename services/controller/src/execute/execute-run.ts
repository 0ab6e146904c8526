import { mkdir } from 'node:fs/promises';
import { describeError, type Fault } from '@holdfast/fault';
import {
  findRunOwner,
  type JournalEntry,
  leaseRun,
  listEntries,
  openRunJournal,
  type RunJournal,
  requireQueued,
} from '@holdfast/run-store';
import { withoutSpan } from '@holdfast/service-kit';
import type { RunResult } from '../conclude/conclude-run.js';
import { describeStop, leaveUncancelled, type RunStop } from '../run/describe-stop.js';
import type { ExecuteRunOptions, LeasedRunOptions } from '../run/execute-run-options.js';
import { closeRun } from '../run/open-run.js';
import { describeRoom } from './describe-room.js';
import { findDeferral, giveUpWaiting } from './find-deferral.js';
import { withRoom } from './with-room.js';
import { workOnRun } from './work-on-run.js';

/** A run that stopped before it had an outcome, and the error that stopped it. */
export interface StoppedRun {
  readonly stop: RunStop;
  readonly error: unknown;
  /** Whether this process had the run, and had it still: it never did where another one has it, and loses it to one that takes it over. */
  readonly hold: 'never' | 'lost' | 'kept';
}

/** A run whose services are not ready for it: it waits for another turn. */
export interface DeferredRun {
  /** Why, and when to try again. */
  readonly deferred: Fault;
}

/** How working on a run ended. */
export type RunEnd = RunResult | StoppedRun | DeferredRun;

/** Works on a run, closes it in the services that it has reached, and writes down how it stopped. */
async function executeOpened(options: LeasedRunOptions, journal: RunJournal): Promise<RunEnd> {
  const entriesBefore = journal.entries.length;
  const hasBegun = () => isBegun(journal.entries.slice(entriesBefore));
  async function close(): Promise<void> {
    // Services that were never reached hold nothing, and would be waited for once more. Where another took the run over, it
    // is open for that one.
    if (!hasBegun()) return;
    const closing = options.lease.requireHeld().then(() => closeRun(options.clients, options));
    await closing.catch(() => {});
  }
  try {
    const result = await workOnRun(options, journal);
    await close();
    return result;
  } catch (error) {
    // Both at once: a kill meanwhile must not lose that the run was cancelled, and a full disk must not hold its services.
    const closing = close();
    try {
      return await writeEnd(error, options, journal, hasBegun());
    } finally {
      await closing;
    }
  }
}

/** Writes down why a run did not come to an outcome, or that it waits for another turn. */
async function writeEnd(
  error: unknown,
  options: LeasedRunOptions,
  journal: RunJournal,
  hasBegun: boolean,
): Promise<StoppedRun | DeferredRun> {
  const deferral = findDeferral(error, {
    hasBegun,
    isKnown: options.contact.made || listEntries(journal.entries, 'data.read').length > 0,
  });
  if (deferral === undefined) return writeStopped(error, options, journal);
  if (options.signal.aborted) return writeStopped(giveUpWaiting(deferral), options, journal);
  try {
    await writeDeferral(describeError(deferral), journal);
    return { deferred: deferral };
  } catch (unwritten) {
    // It may have been cancelled while there was no room for that it waits.
    return writeStopped(unwritten, options, journal);
  }
}

/** Writes down what a run waits for beside its turn: once, however often its services are looked for. */
async function writeDeferral(reason: string, journal: RunJournal): Promise<void> {
  if (listEntries(journal.entries.slice(-1), 'run.queued')[0]?.reason === reason) return;
  await journal.append({ event: 'run.queued', at: new Date().toISOString(), reason });
}

async function writeStopped(
  error: unknown,
  options: LeasedRunOptions,
  journal: RunJournal,
): Promise<StoppedRun> {
  const stop = await writeStop(describeStop(error, options), journal);
  const hold = await options.lease.requireHeld().then(
    () => 'kept' as const,
    () => 'lost' as const,
  );
  return { stop, error, hold };
}

/**
 * Writes down how a run stopped; answers how it stands there. A journal that cannot be written must not hide why the run
 * stopped, and without this entry it was interrupted: so one that was cancelled says that it goes on.
 */
async function writeStop(stop: RunStop, journal: RunJournal): Promise<RunStop> {
  if (stop.kind === 'disk-full') return stop;
  try {
    await journal.append({ event: 'run.stopped', ...stop });
    return stop;
  } catch (error) {
    return stop.state === 'cancelled' ? leaveUncancelled(stop, error) : stop;
  }
}

/** Whether a run has reached its services, and may be open in one of them. */
function isBegun(entries: readonly JournalEntry[]): boolean {
  return listEntries(entries, 'run.started').length > 0;
}

/** Works on a run if it still waits: another process may have worked on it meanwhile. */
async function executeLeased(options: LeasedRunOptions, onOpen: () => void): Promise<RunEnd> {
  const room = describeRoom(options);
  const opened = await withRoom(
    () => openRunJournal(options.folder, options.lease.requireHeld),
    room,
  );
  const journal: RunJournal = {
    ...opened,
    async append(entry) {
      // A run that was cancelled was asked to stop long since, and has to say so, or the next process goes on with it.
      const isCancelled = entry.event === 'run.stopped' && entry.state === 'cancelled';
      const until = isCancelled ? { ...room, signal: options.ending } : room;
      await withRoom(() => opened.append(entry), until);
      options.observer?.onRecord?.(options.runId, entry);
    },
  };
  try {
    requireQueued(options.folder, journal.entries);
    onOpen();
    return await executeOpened(options, journal);
  } finally {
    await journal.close();
  }
}

/**
 * Executes a run that waits from its folder's plan to its verdict, from its last checkpoint where it has one. Never
 * rejects; what was saved before it stopped stays. Where another process works on it, or did, it stops as `aborted`, and
 * was never this one's.
 */
export function executeRun(options: ExecuteRunOptions): Promise<RunEnd> {
  // The call that submitted it has long been answered.
  return withoutSpan(() => executeAlone(options));
}

async function executeAlone(options: ExecuteRunOptions): Promise<RunEnd> {
  let hold: StoppedRun['hold'] = 'never';
  try {
    const { folder, publish, signal } = options;
    const room = describeRoom(options);
    await withRoom(() => mkdir(folder.checkpoints, { recursive: true }), room);
    const owner = await findRunOwner(folder);
    if (owner !== undefined) {
      const message = `Waits for whether ${owner} still works on this run.`;
      publish({ $case: 'noted', value: { message } });
    }
    const lease = await withRoom(() => leaseRun(folder, { signal }), room);
    try {
      return await executeLeased({ ...options, lease }, () => {
        hold = 'kept';
      });
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (hold === 'never' && !options.signal.aborted) {
      // Its folder was reached when it was submitted.
      const deferred = findDeferral(error, { hasBegun: false, isKnown: true });
      if (deferred !== undefined) return { deferred };
    }
    return { stop: describeStop(error, options), error, hold };
  }
}
