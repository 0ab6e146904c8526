import type { MeasureOptions } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import type { EngineLimits, HostedServices } from '@holdfast/host';
import { noteProvider } from '../provider-option.js';
import type { Terminal } from '../terminal/terminal.js';
import { createRunView } from '../watch/create-run-view.js';

/** What is said of work that left nothing behind, so that there is nothing to resume. */
export const interrupted = 'interrupted; nothing was written, so run it again to start over';

/** Does work that shows its progress and that Ctrl-C stops. */
export async function withProgress<T>(
  terminal: Terminal,
  work: (options: MeasureOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const stopListening = terminal.onInterrupt(() => abort.abort());
  const view = createRunView(terminal.progress, terminal.now);
  const onProgress = (activity: string, done: number, total: number) =>
    view.show({ $case: 'progressed', value: { activity, done, total } });
  try {
    return await work({ signal: abort.signal, onProgress });
  } catch (error) {
    throw abort.signal.aborted ? new Fault('cancelled', interrupted, { cause: error }) : error;
  } finally {
    stopListening();
    view.close();
  }
}

/** Does work with the services of this process. */
export async function withServices<T>(
  terminal: Terminal,
  limits: EngineLimits,
  work: (services: HostedServices) => Promise<T>,
): Promise<T> {
  // The engine's native libraries take their time to load: only work that computes loads them.
  const { hostInProcess } = await import('@holdfast/host');
  const services = await hostInProcess(limits);
  try {
    noteProvider(services.engine, limits.executionProvider, terminal);
    return await work(services);
  } finally {
    await services.close();
  }
}
