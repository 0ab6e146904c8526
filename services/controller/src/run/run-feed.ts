import type { WatchRunResponse } from '@holdfast/proto/holdfast/controller/v1/controller';

/** One thing that happened in a run. */
export type RunEvent = NonNullable<WatchRunResponse['event']>;

/** Events a slow watcher may lag behind before step and progress events are dropped for it. */
const queueLengthMax = 1024;

/** Spreads a run's events to everyone who watches it. */
export interface RunFeed {
  publish(event: RunEvent): void;
  /** Ends every subscription after what is queued. */
  close(): void;
  /** Events from `initial` on; ends when the feed closes or the signal aborts. */
  subscribe(initial: readonly RunEvent[], signal?: AbortSignal): AsyncIterable<RunEvent>;
}

interface Watcher {
  readonly queue: RunEvent[];
  wake(): void;
}

/** Makes room by dropping the oldest event that a later one supersedes. */
function enqueue(queue: RunEvent[], event: RunEvent): void {
  queue.push(event);
  if (queue.length <= queueLengthMax) return;
  const droppable = queue.findIndex(
    ({ $case }) => $case === 'stepApplied' || $case === 'progressed',
  );
  queue.splice(Math.max(droppable, 0), 1);
}

/** Makes a feed without watchers. */
export function createRunFeed(): RunFeed {
  const watchers = new Set<Watcher>();
  let closed = false;

  async function* subscribe(initial: readonly RunEvent[], signal?: AbortSignal) {
    let wake = () => {};
    const watcher: Watcher = { queue: [...initial], wake: () => wake() };
    watchers.add(watcher);
    const onAbort = () => wake();
    signal?.addEventListener('abort', onAbort);
    try {
      while (!signal?.aborted) {
        const event = watcher.queue.shift();
        if (event !== undefined) {
          yield event;
        } else if (closed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      watchers.delete(watcher);
    }
  }

  return {
    publish(event) {
      for (const watcher of watchers) {
        enqueue(watcher.queue, event);
        watcher.wake();
      }
    },
    close() {
      closed = true;
      for (const watcher of watchers) watcher.wake();
    },
    subscribe,
  };
}
