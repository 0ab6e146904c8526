import type { ActiveRun } from './active-run.js';
import { publishEvent } from './active-run.js';

/** The runs that wait, the next one first: those of a higher priority, then those that have waited for longer. */
export interface RunQueue {
  readonly size: number;
  /** The one whose turn is next. */
  first(): ActiveRun | undefined;
  add(entry: ActiveRun): void;
  /** Whether the run waited. */
  remove(entry: ActiveRun): boolean;
  list(): readonly ActiveRun[];
  /** Tells the watchers of each run whose place changed. */
  announce(): void;
}

function comparePlaces(a: ActiveRun, b: ActiveRun): number {
  const { priority: first = 0 } = a.origin;
  const { priority: second = 0 } = b.origin;
  if (first !== second) return second - first;
  if (a.since !== b.since) return a.since < b.since ? -1 : 1;
  return a.order - b.order;
}

/** A queue in which nothing waits. */
export function createRunQueue(): RunQueue {
  const waiting: ActiveRun[] = [];
  return {
    get size() {
      return waiting.length;
    },
    first: () => waiting[0],
    list: () => waiting,
    add(entry) {
      waiting.push(entry);
      waiting.sort(comparePlaces);
    },
    remove(entry) {
      const index = waiting.indexOf(entry);
      if (index !== -1) waiting.splice(index, 1);
      return index !== -1;
    },
    announce() {
      for (const [index, entry] of waiting.entries()) {
        const queued = { position: index + 1, reason: entry.deferral?.reason };
        const { position, reason } = entry.run.queued ?? {};
        if (position === queued.position && reason === queued.reason) continue;
        publishEvent(entry, { $case: 'queued', value: queued });
      }
    },
  };
}
