import { Worker } from 'node:worker_threads';

/** Asks every second, in a thread that nothing of the module's holds up. */
const watcher = `
const { workerData } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, 1000);
`;

/**
 * Ends this process when its parent is gone, also where a module in an endless loop keeps it from hearing so: an orphan would take a
 * processor for ever.
 */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
  const resourceLimits = { maxOldGenerationSizeMb: 16 };
  const options = { eval: true, workerData: process.ppid, env: {}, resourceLimits };
  new Worker(watcher, options).unref();
}
