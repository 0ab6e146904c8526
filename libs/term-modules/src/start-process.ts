import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Isolate } from './isolate.js';
import { limits } from './limits.js';
import { locateBuilt } from './locate-built.js';

/** What the native library and the driver of a GPU may read of this process's environment. */
const passedOn = ['LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'TF_NUM_INTRAOP_THREADS'];

/**
 * Starts a process with as little of an environment as its library needs, and a limit on its heap. What it prints
 * goes to the standard error. It holds no process up, and ends with this one.
 *
 * @param program from the package's sources: `thread/term-thread.js`
 */
export function startProcess(program: string, data: unknown): Isolate {
  const child = fork(locateBuilt(program), [], {
    // The library is talkative, and by default takes kernels whose bits depend on the processor's instructions.
    env: { TF_CPP_MIN_LOG_LEVEL: '3', TF_ENABLE_ONEDNN_OPTS: '0', ...readEnvironment() },
    execArgv: [`--max-old-space-size=${limits.heapMebibytesMax}`],
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  child.send({ data });
  return describe(child);
}

function readEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A process by the names that a thread has. */
function describe(child: ChildProcess): Isolate {
  const ref = child.ref.bind(child);
  const unref = child.unref.bind(child);
  const isolate: Isolate = Object.assign(child, {
    postMessage: (message: unknown) => {
      child.send(message as object, () => undefined);
    },
    async terminate() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      ref();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    ref() {
      ref();
      child.channel?.ref();
    },
    unref() {
      unref();
      child.channel?.unref();
    },
  });
  isolate.unref();
  return isolate;
}
