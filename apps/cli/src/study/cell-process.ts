// The program of a process that does one run of a study, which shows what it prints.

import { endWithParent } from '@holdfast/term-modules';
import type { CellWork } from './host-cell.js';

/** What the study says: first what to run, later to stop with everything saved. */
export type CellMessage = CellWork | 'stop';

endWithParent();
const stopping = new AbortController();
// A terminal sends Ctrl-C to this process, too, and a service manager SIGTERM: it is the study that says when to stop.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('message', async (message: CellMessage) => {
  if (message === 'stop') return stopping.abort();
  // Loading the services takes a second, in which signals come, too.
  const { hostCell } = await import('./host-cell.js');
  process.send!(await hostCell(message, stopping.signal), () => process.exit());
});
