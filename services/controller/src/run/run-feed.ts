import type { Fault } from '@holdfast/fault';
import type { WatchRunResponse } from '@holdfast/proto/holdfast/controller/v1/controller';

/** One thing that happened in a run. */
export type RunEvent = NonNullable<WatchRunResponse['event']>;

/** An event and its place among those of the run. */
export type SequencedEvent = WatchRunResponse & { readonly event: RunEvent };

/** Events that are kept before step and progress events are dropped. */
const keptMax = 1024;
/** Tasks of all kept events: of thousands of tasks fewer steps are kept. */
const keptTasksMax = 65_536;

/** Keeps a run's last events and spreads them to everyone who watches it. */
export interface RunFeed {
  publish(event: RunEvent): void;
  /** Ends every subscription after what is kept, with an error if one is given. */
  close(error?: Fault): void;
  /** Drops what is kept. */
  forget(): void;
  /** Kept and later events after a sequence, 0n for all; ends when the feed closes or the signal aborts. */
  subscribe(after: bigint, signal?: AbortSignal): AsyncIterable<SequencedEvent>;
}

/**
 * A sequence later than that of every event so far, those of earlier processes included: microseconds since 1970, for no
 * run has a million events a second.
 */
export function beginSequence(): bigint {
  return BigInt(Date.now()) * 1000n;
}

function countTasks({ event }: SequencedEvent): number {
  return 'tasks' in event.value ? event.value.tasks.length : 0;
}

/** Whether nobody needs to hear of an event any more, once they hear of the one after it. */
function supersedes(event: RunEvent, last: RunEvent): boolean {
  if (event.$case === 'queued') return last.$case === 'queued';
  if (event.$case !== 'progressed' || last.$case !== 'progressed') return false;
  return last.value.activity === event.value.activity;
}

/** Events in order, the ones that later ones supersede dropped first. */
class History {
  readonly events: SequencedEvent[] = [];
  #tasks = 0;

  add(added: SequencedEvent): void {
    const { event } = added;
    const last = this.events.at(-1)?.event;
    if (last !== undefined && supersedes(event, last)) this.events.pop();
    this.events.push(added);
    this.#tasks += countTasks(added);
    while (this.events.length > keptMax || (this.#tasks > keptTasksMax && this.events.length > 1)) {
      this.#dropOne();
    }
  }

  clear(): void {
    this.events.length = 0;
    this.#tasks = 0;
  }

  #dropOne(): void {
    const droppable = this.events.findIndex(
      ({ event: { $case } }) => $case === 'stepApplied' || $case === 'progressed',
    );
    const [dropped] = this.events.splice(Math.max(droppable, 0), 1);
    if (dropped !== undefined) this.#tasks -= countTasks(dropped);
  }
}

/** Makes a feed without watchers. */
export function createRunFeed(): RunFeed {
  const history = new History();
  /** Called when something was published, or the feed closed. */
  const wakers = new Set<() => void>();
  let sequence = beginSequence();
  let closed = false;
  let failure: Fault | undefined;

  function wakeAll(): void {
    for (const wake of wakers) wake();
    wakers.clear();
  }

  async function* subscribe(after: bigint, signal?: AbortSignal) {
    let seen = after;
    let wake = () => {};
    const onAbort = () => wake();
    signal?.addEventListener('abort', onAbort);
    try {
      while (!signal?.aborted) {
        const next = history.events.find((kept) => kept.sequence > seen);
        if (next !== undefined) {
          seen = next.sequence;
          yield next;
        } else if (closed) {
          if (failure !== undefined) throw failure;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            wakers.add(resolve);
          });
          wakers.delete(wake);
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    publish(event) {
      sequence += 1n;
      history.add({ event, sequence });
      wakeAll();
    },
    close(error) {
      closed = true;
      failure = error;
      wakeAll();
    },
    forget: () => history.clear(),
    subscribe,
  };
}
