import type { JournalEntry } from '@holdfast/run-store';
import type { ReplicaChange } from '../replicas/open-replicas.js';
import type { ReplicaWork } from '../replicas/replica-work.js';
import type { RunEvent } from './run-feed.js';

/** Changes that are told of one opening of a run: an encoder that comes and goes for days must not fill its journal. */
const changesMax = 200;

/** Who is told. */
export interface WatchOptions {
  readonly record: (entry: JournalEntry) => Promise<void>;
  readonly publish: (event: RunEvent) => void;
}

/** Tells the journal and the watchers of a run which of several encoders join and leave. */
export function watchReplicas({ record, publish }: WatchOptions): (change: ReplicaChange) => void {
  let told = 0;
  return ({ event, address, reason, count }) => {
    // The only one, in this process or at a fixed address: its failure is the run's.
    if (address === '' || told === changesMax) return;
    told += 1;
    const at = new Date().toISOString();
    const entry: JournalEntry =
      event === 'joined'
        ? { event: 'replica.joined', at, address, count }
        : { event: 'replica.left', at, address, count, reason: reason ?? '' };
    // A journal that cannot be written stops the run at its next entry.
    record(entry).catch(() => {});
    const why = reason === undefined ? '' : `: ${reason}`;
    const message = `The encoder at ${address} ${event}, ${count} take part${why}`;
    publish({ $case: 'noted', value: { message } });
  };
}

/** What each of several encoders did, for the journal; undefined for the only one. */
export function describeReplicas(work: readonly ReplicaWork[]): JournalEntry | undefined {
  const replicas = work.filter(({ address }) => address !== '');
  if (replicas.length === 0) return undefined;
  return { event: 'replicas.worked', replicas };
}
