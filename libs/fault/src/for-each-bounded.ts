import { Fault } from './fault.js';

interface BoundedSettings {
  /** Items worked on at once. */
  readonly concurrency: number;
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly total: number }) => void)
    | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on items, in order of their start, some at once. The first error stops the rest and is thrown
 * after what had started has ended. Progress is told about a hundred times.
 *
 * @throws Fault `cancelled` if the signal says so.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  work: (item: T, position: number) => Promise<void>,
  { concurrency, onProgress, signal }: BoundedSettings,
): Promise<void> {
  const total = items.length;
  const stride = Math.max(1, Math.floor(total / 100));
  let next = 0;
  let done = 0;
  let failed = false;
  async function run(): Promise<void> {
    while (next < total && !failed) {
      if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
      const position = next;
      next += 1;
      await work(items[position]!, position);
      done += 1;
      if (done % stride === 0 || done === total) onProgress?.({ done, total });
    }
  }
  const runners = Array.from({ length: Math.min(concurrency, total) }, () =>
    run().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const results = await Promise.allSettled(runners);
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
}
