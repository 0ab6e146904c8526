import { Fault } from '@holdfast/fault';
import { streamProgress } from './progress-stream.js';

/** Something of a loaded model that is opened once, by a request that streams its progress. */
export interface OpenedOnce<T, Progress> {
  /** What is open. */
  readonly value: T | undefined;
  /**
   * Opens it, reporting progress, and returns it; what the same request opened is there at once, or when it is open. Whoever leaves
   * before that has not opened it.
   *
   * @throws Fault `precondition` if another request opened it; what opening throws, and then it is not open.
   */
  open(
    fingerprint: string,
    load: (report: (progress: Progress) => void) => Promise<T>,
  ): AsyncGenerator<Progress, T>;
  /** Closes it, as soon as whoever opens it is done. Nothing is opened afterwards. */
  close(): Promise<void>;
}

/**
 * Makes what is not open yet.
 *
 * @param what for messages: `the samples of run 'signs'`
 * @param free closes what was opened
 */
export function createOpenedOnce<T, Progress>(
  what: string,
  free: (value: T) => void = () => {},
): OpenedOnce<T, Progress> {
  let entry: { readonly fingerprint: string; readonly opening: Promise<T> } | undefined;
  let value: T | undefined;
  let closed = false;
  return {
    get value() {
      return value;
    },
    async *open(fingerprint, load) {
      if (closed) throw new Fault('not-open', `${what} are gone: the model was unloaded`);
      if (entry !== undefined) {
        if (entry.fingerprint === fingerprint) return await entry.opening;
        throw new Fault(
          'precondition',
          `${what} are open with another request; unload the model first`,
        );
      }
      const opening = createOpening<T>();
      entry = { fingerprint, opening: opening.promise };
      let loading: Promise<T> | undefined;
      try {
        value = yield* streamProgress<Progress, T>((report) => {
          loading = load(report);
          return loading;
        });
        opening.resolve(value);
        return value;
      } catch (error) {
        opening.reject(error);
        throw error;
      } finally {
        if (value === undefined) {
          // A caller that leaves does not stop the work: only when it is done can it begin anew, or close.
          const left = await loading?.catch(() => undefined);
          if (left !== undefined) free(left);
          entry = undefined;
          opening.reject(new Fault('cancelled', `opening ${what} was cancelled`));
        }
      }
    },
    async close() {
      closed = true;
      const opened = await entry?.opening.catch(() => undefined);
      if (opened === undefined || value === undefined) return;
      value = undefined;
      free(opened);
    },
  };
}

/** Something to come. Whoever else asks for it meanwhile waits for it; maybe nobody does. */
function createOpening<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
