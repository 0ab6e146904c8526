import { Fault, isFault, nameFullDisk } from '@holdfast/fault';

/** Whether an error says that its operation was aborted by an AbortSignal. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * Whatever a handler threw as a {@link Fault}: a Fault stays itself, an abort becomes `cancelled`, a full disk `disk-full`,
 * anything else is our own broken invariant, `internal`, with the original as its cause.
 */
export function toFault(thrown: unknown, path: string): Fault {
  const error = nameFullDisk(thrown);
  if (isFault(error)) return error;
  if (isAbortError(error)) return createCancelledFault(path);
  const message = error instanceof Error ? error.message : String(error);
  return new Fault('internal', `${path} failed: ${message}`, { cause: error });
}

/** The fault of a call whose caller went away. */
export function createCancelledFault(path: string): Fault {
  return new Fault('cancelled', `${path} was cancelled`);
}
