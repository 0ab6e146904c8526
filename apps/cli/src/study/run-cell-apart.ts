import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describeError, unpackFault } from '@holdfast/fault';
import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { Output } from '../terminal/terminal.js';
import type { CellMessage } from './cell-process.js';
import type { CellAnswer, CellWork } from './host-cell.js';

/** It runs what was built, whatever conditions this process resolves its imports with. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/study/cell-process.js' : './cell-process.js',
  import.meta.url,
);

/**
 * Starts a run of a study, or goes on with it, in a process of its own, which ends with it or with this process. An abort
 * stops the run with everything saved. What the process prints is written in whole lines with the run's name.
 *
 * @returns how the run ended; undefined where its process did not start, or ended without a word, which is said: whoever runs
 *   it again goes on from its last checkpoint
 * @throws Fault as the run was refused.
 */
export async function runCellApart(
  work: CellWork,
  signal: AbortSignal,
  progress: Pick<Output, 'write'>,
): Promise<Run | undefined> {
  const { name } = work.cell;
  const say = (line: string) => progress.write(`${name}: ${line}\n`);
  let child: ChildProcess;
  try {
    child = await startProcess();
  } catch (error) {
    say(`its process did not start: ${describeError(error)}`);
    return undefined;
  }
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', say);
  }
  let answer: CellAnswer | undefined;
  child.on('message', (message: CellAnswer) => {
    answer = message;
  });
  // What is said to a process that has ended is lost, and that it ended is seen.
  const tell = (message: CellMessage) => child.send(message, () => {});
  const stop = () => tell('stop');
  tell(work);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const [code, endedBy] = await once(child, 'close').finally(() =>
    signal.removeEventListener('abort', stop),
  );
  if (answer === undefined) {
    // Ctrl-C ends a process that does not listen yet, and has done nothing.
    const isStopped = signal.aborted && (endedBy === 'SIGINT' || endedBy === 'SIGTERM');
    if (!isStopped)
      say(`its process ended with ${endedBy ?? `code ${code}`}; run the same command to go on`);
    return undefined;
  }
  if ('fault' in answer) throw unpackFault(answer.fault);
  return answer.run;
}

/** @throws the system's error where it has no process left, or no file to talk to one. */
async function startProcess(): Promise<ChildProcess> {
  const child = fork(program, {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  await once(child, 'spawn');
  return child;
}
