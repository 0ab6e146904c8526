import { Worker } from 'node:worker_threads';
import { limits } from './limits.js';
import { locateBuilt } from './locate-built.js';

/**
 * Starts a thread with no environment and a limit on its heap. What it prints goes to the standard error, since
 * others read the standard output. It holds no process up.
 *
 * @param program from the package's sources: `thread/term-thread.js`
 */
export function startThread(program: string, workerData: unknown): Worker {
  const worker = new Worker(locateBuilt(program), {
    workerData,
    name: 'holdfast-term',
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMebibytesMax },
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  }
  worker.unref();
  return worker;
}
