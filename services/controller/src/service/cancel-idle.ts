import { endIdle, type RunFolder } from '@holdfast/run-store';
import type { RunStop } from '../run/describe-stop.js';

/**
 * Cancels a run that nobody works on, and that waits or was interrupted; on disk when the promise resolves.
 *
 * @throws Fault `aborted` if another process works on it, or ended it meanwhile.
 */
export async function cancelIdle(folder: RunFolder): Promise<RunStop> {
  const stop: RunStop = {
    at: new Date().toISOString(),
    state: 'cancelled',
    kind: 'cancelled',
    message: 'cancelled while it waited; what was saved before stays',
    violations: [],
  };
  await endIdle(folder, { event: 'run.stopped', ...stop });
  return stop;
}
