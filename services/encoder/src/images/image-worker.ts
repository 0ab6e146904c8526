import { Worker } from 'node:worker_threads';
import { Fault, unpackFault } from '@holdfast/fault';
import type { ImageAnswer, ImageJob } from './serve-images.js';

/** A job that waits for its answer. */
export interface WaitingJob {
  readonly job: ImageJob;
  resolve(value: Extract<ImageAnswer, { value: unknown }>['value']): void;
  reject(reason: Fault): void;
}

/** One image thread. */
export interface ImageWorker {
  /** Works on no job. */
  readonly idle: boolean;
  start(jobs: readonly WaitingJob[]): void;
  end(): Promise<void>;
}

/**
 * Starts an image thread. It does not keep the process alive while it idles.
 *
 * @param onChange told when the thread is idle again, and when it has ended; its jobs have failed then
 */
export function startImageWorker(
  entry: URL,
  onChange: (event: 'idle' | 'ended') => void,
): ImageWorker {
  const worker = new Worker(entry, { name: 'holdfast-images', execArgv: [] });
  let current: readonly WaitingJob[] = [];
  let failure: unknown;
  let ending = false;
  const finish = (): readonly WaitingJob[] => {
    const jobs = current;
    current = [];
    worker.unref();
    return jobs;
  };
  worker.on('message', (answers: readonly ImageAnswer[]) => {
    for (const [i, { resolve, reject }] of finish().entries()) {
      const answer = answers[i]!;
      if ('error' in answer) reject(unpackFault(answer.error));
      else resolve(answer.value);
    }
    onChange('idle');
  });
  worker.on('error', (cause) => {
    failure = cause;
  });
  worker.on('exit', (code) => {
    const reason = describeEnd(ending, failure ?? `exit code ${code}`);
    for (const { reject } of finish()) reject(reason);
    onChange('ended');
  });
  worker.unref();
  return {
    get idle() {
      return current.length === 0;
    },
    start(jobs) {
      current = jobs;
      worker.ref();
      const own = jobs.map(({ job }) => copyFile(job));
      worker.postMessage(own, own.flatMap(listMoved));
    },
    async end() {
      ending = true;
      await worker.terminate();
    },
  };
}

/** A job whose file is alone in its buffer: a view would take all of its message along. */
function copyFile(job: ImageJob): ImageJob {
  if (!('file' in job) || typeof job.file.source === 'string') return job;
  return { file: { ...job.file, source: new Uint8Array(job.file.source) } };
}

/** What a thread gets itself, not as a copy. */
function listMoved(job: ImageJob): ArrayBuffer[] {
  if ('fill' in job) return [job.pixels.buffer as ArrayBuffer];
  const isBytes = 'file' in job && typeof job.file.source !== 'string';
  return isBytes ? [job.file.source.buffer as ArrayBuffer] : [];
}

function describeEnd(asked: boolean, cause: unknown): Fault {
  if (asked) return new Fault('unavailable', 'the image threads have ended');
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('internal', `an image thread failed: ${reason}`, { cause });
}
