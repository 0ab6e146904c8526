import { endQueued, type RunFolder } from '@holdfast/run-store';
import type { RunStop } from '../run/describe-stop.js';

/**
 * Cancels a run that waits; on disk when the promise resolves.
 *
 * @throws Fault `aborted` if another process works on it, or did meanwhile.
 */
export async function cancelQueued(folder: RunFolder): Promise<RunStop> {
  const stop: RunStop = {
    at: new Date().toISOString(),
    state: 'cancelled',
    kind: 'cancelled',
    message: 'cancelled while it waited for its turn; what was saved before stays',
    violations: [],
  };
  await endQueued(folder, { event: 'run.stopped', ...stop });
  return stop;
}
