import { Fault } from '@holdfast/fault';
import type { Isolate } from './isolate.js';
import { limits } from './limits.js';

/** What a thread is waited for. */
export interface Waiting {
  /** Names the module in messages. */
  readonly name: string;
  /** What it does meanwhile: `loading`, `its call`. */
  readonly activity: string;
  readonly timeLimitMs: number;
}

/**
 * The next message of a thread, which may end instead.
 *
 * @throws Fault `exhausted` after the time limit, or if the thread's heap is full; `invalid` if it ended, or threw
 *   outside of its call. The thread is of no use after any of them.
 */
export function awaitAnswer<Answer>(
  worker: Isolate,
  { name, activity, timeLimitMs }: Waiting,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
      act();
    };
    const refuse = (kind: 'exhausted' | 'invalid', reason: string, cause?: unknown) =>
      settle(() => reject(new Fault(kind, `${name}: ${reason}`, { cause })));
    const onMessage = (answer: Answer) => settle(() => resolve(answer));
    const onError = (error: Error & { code?: string }) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') {
        return refuse('invalid', `${activity} threw outside of estimate: ${error.message}`, error);
      }
      const most = limits.heapMebibytesMax;
      refuse('exhausted', `${activity} needs more than ${most} MiB of JavaScript's memory`);
    };
    const onExit = (code: number | null, signal?: NodeJS.Signals | null) =>
      code === null
        ? refuse('invalid', `${activity} ended its process by ${signal} (a crash, or no memory)`)
        : refuse('invalid', `${activity} ended its own thread with code ${code} (process.exit)`);
    const onTime = () =>
      refuse('exhausted', `${activity} took longer than the limit of ${timeLimitMs / 1000} s`);
    const timer = setTimeout(onTime, timeLimitMs);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
  });
}
