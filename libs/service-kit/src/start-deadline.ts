import { linkSignal } from './race-abort.js';

/** The time that a call has. */
export interface Deadline {
  /** Aborts when the time is over, or with the caller's signal. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  leftMs(): number;
  /** Whether the time is over. */
  passed(): boolean;
  /** Stops the clock. */
  end(): void;
}

/** Starts the clock of a call; without a time there is no end of it. */
export function startDeadline(ms: number | undefined, parent: AbortSignal | undefined): Deadline {
  const link = linkSignal(parent);
  const endMs = performance.now() + (ms ?? Number.POSITIVE_INFINITY);
  let over = false;
  const finish = () => {
    over = true;
    link.abort();
  };
  const timer = ms === undefined ? undefined : setTimeout(finish, ms);
  return {
    signal: link.signal,
    leftMs: () => endMs - performance.now(),
    passed: () => over,
    end() {
      clearTimeout(timer);
      link.unlink();
    },
  };
}
