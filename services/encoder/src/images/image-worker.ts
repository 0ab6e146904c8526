import { Worker } from 'node:worker_threads';
import { Fault, unpackFault } from '@holdfast/fault';
import type { ImageAnswer, ImageJob } from './serve-images.js';

/** A job that waits for its answer. */
export interface WaitingJob {
  readonly job: ImageJob;
  readonly transfer: readonly ArrayBuffer[];
  resolve(value: Extract<ImageAnswer, { value: unknown }>['value']): void;
  reject(reason: Fault): void;
}

/** One image thread. */
export interface ImageWorker {
  /** Works on no job. */
  readonly idle: boolean;
  start(job: WaitingJob): void;
  end(): Promise<void>;
}

/**
 * Starts an image thread. It does not keep the process alive while it idles.
 *
 * @param onChange told when the thread is idle again, and when it has ended; its job has failed then
 */
export function startImageWorker(
  entry: URL,
  onChange: (event: 'idle' | 'ended') => void,
): ImageWorker {
  const worker = new Worker(entry, { name: 'holdfast-images', execArgv: [] });
  let current: WaitingJob | undefined;
  let failure: unknown;
  let ending = false;
  const finish = (): WaitingJob | undefined => {
    const job = current;
    current = undefined;
    worker.unref();
    return job;
  };
  worker.on('message', (answer: ImageAnswer) => {
    const job = finish();
    if ('error' in answer) job?.reject(unpackFault(answer.error));
    else job?.resolve(answer.value);
    onChange('idle');
  });
  worker.on('error', (cause) => {
    failure = cause;
  });
  worker.on('exit', (code) => {
    finish()?.reject(describeEnd(ending, failure ?? `exit code ${code}`));
    onChange('ended');
  });
  worker.unref();
  return {
    get idle() {
      return current === undefined;
    },
    start(job) {
      current = job;
      worker.ref();
      worker.postMessage(job.job, job.transfer);
    },
    async end() {
      ending = true;
      await worker.terminate();
    },
  };
}

function describeEnd(asked: boolean, cause: unknown): Fault {
  if (asked) return new Fault('unavailable', 'the image threads have ended');
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('internal', `an image thread failed: ${reason}`, { cause });
}
