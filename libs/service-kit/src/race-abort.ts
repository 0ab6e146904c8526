import { createCancelledFault } from './to-fault.js';

/**
 * Settles as `work` does, or rejects with Fault `cancelled` as soon as the signal aborts. What
 * `work` does after that is ignored; it must watch the signal itself to stop.
 */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal, path: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(createCancelledFault(path));
    if (signal.aborted) {
      work.catch(() => {});
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** An AbortSignal of a call's own that also follows its caller's. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(): void;
  /** Stops following the caller's signal: one that outlives many calls must not keep them all. */
  unlink(): void;
}

/** Makes a signal that aborts with `parent`, or by itself. */
export function linkSignal(parent: AbortSignal | undefined): LinkedSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    abort,
    unlink: () => parent?.removeEventListener('abort', abort),
  };
}
