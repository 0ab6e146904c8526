import {
  type JournalEntry,
  type RunOrigin,
  type RunOutcome,
  studyOf,
  type VerdictFile,
} from '@holdfast/run-store';

/** How a run ended. */
export interface RunEnd {
  readonly state: 'completed' | 'failed' | 'cancelled' | 'interrupted';
  /** Milliseconds since 1970, where the journal says it. */
  readonly at: number | undefined;
  /** Of a run that completed. */
  readonly verdict?: VerdictFile;
}

/** Whether the gate released what a run made. A study's runs are judged as if each were the only one, and release nothing. */
export function isReleased(
  outcome: RunOutcome | undefined,
  origin: Pick<RunOrigin, 'labels'>,
): boolean {
  return outcome === 'RETAINED' && studyOf(origin) === undefined;
}

/** How a run ended, as its journal says; undefined while it goes on. */
export function findEnd(entries: readonly JournalEntry[]): Omit<RunEnd, 'verdict'> | undefined {
  // A run that is resumed notes it after the note of its stop.
  const last = entries.findLast(({ event }) =>
    ['run.queued', 'run.started', 'run.resumed', 'run.completed', 'run.stopped'].includes(event),
  );
  if (last?.event !== 'run.completed' && last?.event !== 'run.stopped') return undefined;
  const at = last.at === undefined ? undefined : Date.parse(last.at);
  return { state: last.event === 'run.completed' ? 'completed' : (last.state ?? 'failed'), at };
}
