/** How often something was, and how long it took in all. */
export interface CountedTime {
  count: number;
  ms: number;
}

/** What a version has done since it was loaded. */
export interface ServedStatistics {
  /** When the last request was answered, ms since 1970; 0: never. */
  lastMs: number;
  /** Images and texts that were answered. */
  rows: number;
  /** Batches that the engine computed. */
  batches: number;
  /** Requests from being taken on to their answer. */
  readonly answered: CountedTime;
  /** Requests that were taken on and have none. */
  readonly failed: CountedTime;
  readonly preparing: CountedTime;
  readonly waiting: CountedTime;
  readonly computing: CountedTime;
}

/** Statistics of a version that has done nothing. */
export function createStatistics(): ServedStatistics {
  const none = (): CountedTime => ({ count: 0, ms: 0 });
  return {
    ...{ lastMs: 0, rows: 0, batches: 0 },
    ...{ answered: none(), failed: none() },
    ...{ preparing: none(), waiting: none(), computing: none() },
  };
}

/** Where the time of a request went. */
interface Times {
  readonly preparedMs: number;
  readonly waitedMs: number;
  readonly computedMs: number;
}

/** Does the work of a request for so many rows, and counts it. */
export async function countRequest<Embedded extends Times>(
  statistics: ServedStatistics,
  work: () => Promise<{ readonly rows: number; readonly embedded: Embedded }>,
): Promise<Embedded> {
  const fromMs = performance.now();
  const add = (time: CountedTime, ms: number) => {
    time.count += 1;
    time.ms += ms;
  };
  try {
    const { rows, embedded } = await work();
    statistics.rows += rows;
    statistics.lastMs = Date.now();
    add(statistics.preparing, embedded.preparedMs);
    add(statistics.waiting, embedded.waitedMs);
    add(statistics.computing, embedded.computedMs);
    add(statistics.answered, performance.now() - fromMs);
    return embedded;
  } catch (error) {
    add(statistics.failed, performance.now() - fromMs);
    throw error;
  }
}
