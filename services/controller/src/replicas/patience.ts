import { Fault } from '@holdfast/fault';

/** Waits for several replicas that do the same kind of work, and not much longer for one than for the others. */
export interface Patience {
  /**
   * Makes a call; its signal aborts where it is given up.
   *
   * @throws Fault `unavailable` where others were done long ago.
   */
  wait<T>(call: (signal: AbortSignal) => Promise<T>, options: WaitOptions): Promise<T>;
}

/** For whom a call is made. */
export interface WaitOptions {
  /** Who is called, for messages. */
  readonly who: string;
  /** How much longer it takes than a call of its kind; default 1. */
  readonly weight?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How patient. */
export interface PatienceOptions {
  /** Nothing is given up before; default 15 s. */
  readonly leastMs?: number | undefined;
}

/** A call may take so many times as long as the slowest that is done, each by its weight. */
const factor = 10;
/** How often it is looked at. */
const lookMs = 250;

/**
 * Gives up a call that takes longer than max(15 s, 10 w t), w its weight and t the longest of those that are done, by its weight. While none is done, nothing is
 * given up: that is for the deadline of the call itself.
 *
 * A service that hangs (SIGSTOP, a connection that swallows everything) fails no call; beside others it shows.
 */
export function createPatience({ leastMs = 15_000 }: PatienceOptions = {}): Patience {
  let slowestMs: number | undefined;
  return {
    async wait(call, { who, weight = 1, signal }) {
      const began = performance.now();
      const giving = new AbortController();
      const combined =
        signal === undefined ? giving.signal : AbortSignal.any([signal, giving.signal]);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setInterval(
          () => {
            const likelyMs = weight * (slowestMs ?? Number.POSITIVE_INFINITY);
            const limitMs = Math.max(leastMs, factor * likelyMs);
            const tookMs = performance.now() - began;
            if (tookMs < limitMs) return;
            const seconds = (tookMs / 1000).toFixed(1);
            reject(
              new Fault('unavailable', `${who} gave no answer in ${seconds} s, and others did`),
            );
            giving.abort();
          },
          Math.min(lookMs, leastMs),
        );
      });
      try {
        const result = await Promise.race([call(combined), late]);
        slowestMs = Math.max(slowestMs ?? 0, (performance.now() - began) / weight);
        return result;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
