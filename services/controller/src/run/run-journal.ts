import type { Journal } from '@holdfast/artifacts';
import type { Dataset } from '@holdfast/dataset';
import { providerReason } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import type { Resolution } from '@holdfast/plan';
import type { MeasuringSchedule } from '../choose/schedule-measurements.js';
import type { TrainingTime } from '../train/training-time.js';

/** What a run writes into its journal; each entry is on disk before the run goes on. */
export type JournalEntry =
  | {
      readonly event: 'run.started';
      readonly at: string;
      readonly softwareVersion: string;
      readonly environment: Readonly<Record<string, string>>;
    }
  | {
      readonly event: 'data.read';
      readonly dataSha256: string;
      readonly imageChunk: number;
      readonly textChunk: number;
      readonly badImages: number;
    }
  | { readonly event: 'plan.resolved'; readonly resolutions: readonly Resolution[] }
  | { readonly event: 'checkpoint.damaged'; readonly step: number; readonly reason: string }
  | { readonly event: 'run.resumed'; readonly step: number }
  | ({ readonly event: 'steering.scheduled' } & MeasuringSchedule)
  | ({ readonly event: 'training.completed'; readonly step: number } & TrainingTime)
  | {
      readonly event: 'candidate.judged';
      readonly candidate: string;
      readonly verdict: string;
      readonly reason: string;
    }
  | { readonly event: 'test.read'; readonly candidateSha256: string }
  | { readonly event: 'run.completed'; readonly outcome: string; readonly candidateSha256: string }
  | { readonly event: 'run.stopped'; readonly message: string };

/** The entries of a journal, of one kind. */
export function listEntries<E extends JournalEntry['event']>(
  entries: readonly unknown[],
  event: E,
): Extract<JournalEntry, { event: E }>[] {
  return (entries as readonly JournalEntry[]).filter(
    (entry): entry is Extract<JournalEntry, { event: E }> => entry.event === event,
  );
}

/** Refuses to go on with other data than the run began with. */
export function requireSameData(journal: Journal, dataset: Dataset): void {
  const began = listEntries(journal.entries, 'data.read')[0];
  if (began !== undefined && began.dataSha256 !== dataset.sha256) {
    throw new Fault(
      'precondition',
      'the data changed since this run began; put it back, or start a new run',
    );
  }
}

/** What the last bits of a run depend on. */
export interface BitConditions {
  readonly environment: Readonly<Record<string, string>>;
  readonly imageChunk: number;
  readonly textChunk: number;
}

/** Says so when a resumed run can not be expected to end with the same bits. */
export function describeDrift(
  { entries }: Pick<Journal, 'entries'>,
  { environment, imageChunk, textChunk }: BitConditions,
): string | undefined {
  const began = listEntries(entries, 'run.started')[0];
  const read = listEntries(entries, 'data.read')[0];
  if (began === undefined || read === undefined) return undefined;
  const changed = Object.keys(environment).filter(
    (key) => key !== providerReason && began.environment[key] !== environment[key],
  );
  if (read.imageChunk !== imageChunk) changed.push('image chunk');
  if (read.textChunk !== textChunk) changed.push('text chunk');
  return changed.length === 0
    ? undefined
    : `This run began with another ${changed.join(' and ')}: it goes on, but its last bits may differ from an uninterrupted run's.`;
}

/** A checkpoint that was passed over, for a person. */
export function describeDamage({ step, reason }: { step: number; reason: string }): string {
  return `The checkpoint after ${step} steps was damaged and passed over: ${reason}`;
}
