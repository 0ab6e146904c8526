import { existsSync } from 'node:fs';
import type { Fence } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type JournalEntry, listEntries } from './journal.js';
import type { RunFolder } from './run-folder.js';
import { openRunJournal, type RunJournal } from './run-journal.js';
import { leaseRun } from './run-lease.js';

/**
 * Since when a run waits for its turn, ISO 8601; undefined where it does not wait. One that was interrupted, or whose
 * services were not ready, keeps its place; one that failed or was cancelled takes a new one.
 */
export function findQueuedSince(entries: readonly JournalEntry[]): string | undefined {
  if (entries.at(-1)?.event !== 'run.queued') return undefined;
  const ended = entries.findLastIndex(
    (entry) => entry.event === 'run.stopped' && entry.state !== 'interrupted',
  );
  return listEntries(entries.slice(ended + 1), 'run.queued')[0]?.at;
}

/** Opens the journal of a run that nobody works on, for one entry. */
async function withJournal<T>(
  folder: RunFolder,
  write: (journal: RunJournal, fence: Fence) => Promise<T>,
): Promise<T> {
  const lease = await leaseRun(folder);
  try {
    const journal = await openRunJournal(folder, lease.requireHeld);
    return await write(journal, lease.requireHeld).finally(() => journal.close());
  } finally {
    await lease.release();
  }
}

/** How a run is put into the queue. */
export interface QueueRunOptions {
  /** Its journal as it was when this was decided; the run is left where another process has written more since. */
  readonly seen?: readonly JournalEntry[];
  /** What else is written of a run that did not wait, before anybody else may have it. */
  readonly write?: (fence: Fence) => Promise<void>;
}

/**
 * Writes down that a run waits for its turn, unless it does already; on disk when the promise resolves.
 *
 * @returns since when it waits, ISO 8601
 * @throws Fault `aborted` if another process works on the run, or has meanwhile.
 */
export function queueRun(
  folder: RunFolder,
  { seen, write }: QueueRunOptions = {},
): Promise<string> {
  return withJournal(folder, async ({ entries, append }, fence) => {
    const since = findQueuedSince(entries);
    if (since !== undefined) return since;
    if (seen !== undefined && seen.length !== entries.length) throw describeWorked(folder);
    await append({ event: 'run.queued', at: new Date().toISOString() });
    await write?.(fence);
    return findQueuedSince(entries)!;
  });
}

/**
 * Writes down that a run was cancelled, or failed before it was opened, which nobody works on, and which waits or was interrupted; one
 * that was completed and whose verdict is gone counts as interrupted.
 *
 * @throws Fault `aborted` if another process works on the run, or ended it meanwhile.
 */
export function endIdle(
  folder: RunFolder,
  stop: Extract<JournalEntry, { event: 'run.stopped' }>,
): Promise<void> {
  return withJournal(folder, async (journal) => {
    if (hasEnded(folder, journal.entries)) throw describeWorked(folder);
    await journal.append(stop);
  });
}

/** @throws Fault `aborted` where a run does not wait: another process has worked on it. */
export function requireQueued(folder: RunFolder, entries: readonly JournalEntry[]): void {
  if (entries.at(-1)?.event !== 'run.queued') throw describeWorked(folder);
}

const turnEvents: ReadonlySet<string> = new Set(['run.queued', 'run.completed', 'run.stopped']);

/** Whether a run ended otherwise than interrupted. An earlier version did not say how one stopped: that can be resumed. */
function hasEnded({ verdict }: RunFolder, entries: readonly JournalEntry[]): boolean {
  const last = entries.findLast(({ event }) => turnEvents.has(event));
  if (last?.event === 'run.completed') return existsSync(verdict);
  if (last?.event !== 'run.stopped') return false;
  return last.state !== undefined && last.state !== 'interrupted';
}

function describeWorked({ path }: RunFolder): Fault {
  return new Fault('aborted', `${path}: another process has worked on this run meanwhile`);
}
