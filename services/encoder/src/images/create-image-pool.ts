import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { type PixelReader, type PrepareSample, prepareSample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { readImageFile } from '@holdfast/image';
import { type FillRequest, fillPixels } from './fill-pixels.js';
import { type ImageWorker, startImageWorker, type WaitingJob } from './image-worker.js';
import { type ImageFile, type ImageJob, prepareFile } from './serve-images.js';

/** Prepares images and fills batches, in threads of its own or in the caller's: the same bits. */
export interface ImagePool {
  /** Images that it takes well at once. */
  readonly concurrency: number;
  readonly prepareSample: PrepareSample;
  /** Brings an image to the model's size. @throws Fault `not-found` or `invalid` that names it. */
  prepareFile(file: ImageFile): Promise<Uint8Array>;
  /** Fills pixels, which belong to the pool until it gives them back. */
  fillPixels(
    reader: PixelReader,
    request: FillRequest,
    pixels: Float32Array,
  ): Promise<Float32Array>;
  /** Ends the threads; what is under way fails. */
  close(): Promise<void>;
}

/** More decode no faster than one engine reads. */
const workersDefaultMax = 4;
/** Images that a thread takes in one message: for small ones the messages cost as much as the work. */
const imagesPerMessage = 8;
/** Bytes of callers' images in one message, the last one beyond it: a training step may wait for them. */
const callersBytesMax = 2 ** 16;
/** In the caller's thread: reading and the decoder library's own threads go on beside it. */
const callerConcurrency = 4;

/** As many as there are cores, by default the machine's, at most 4; none on a single core, where a thread gains nothing. */
export function defaultImageWorkers(cores = availableParallelism()): number {
  return cores < 2 ? 0 : Math.min(cores, workersDefaultMax);
}

/**
 * Makes a pool of at most `workers` threads, started when there is work for them; 0 works in the
 * caller's thread. A thread that fails takes its job with it: a Fault `internal` that says why. The
 * next job starts another one.
 */
export function createImagePool(
  workers: number,
  /** What a thread runs. */
  entry: URL = locateThread(),
): ImagePool {
  return workers === 0 ? createCallerPool() : createThreadPool(workers, entry);
}

function createCallerPool(): ImagePool {
  const inPlace = createPlaces(callerConcurrency);
  return {
    concurrency: callerConcurrency,
    prepareSample,
    prepareFile: (file) => inPlace(() => prepareFile(file, readImageFile)),
    async fillPixels(reader, request, pixels) {
      // Whatever was asked of the engine before gets on its way first.
      await setImmediate();
      fillPixels(reader, request, pixels);
      return pixels;
    },
    async close() {},
  };
}

/** Lets so many works go on at once; the others wait, the first one first. */
function createPlaces(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((start) => waiting.push(start));
    try {
      return await work();
    } finally {
      // A place goes to the next one, or is free.
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

function createThreadPool(workersMax: number, entry: URL): ImagePool {
  const workers = new Set<ImageWorker>();
  // A batch may be waited for by a training step, images by a run that opens: batches go first.
  const batches: WaitingJob[] = [];
  const images: WaitingJob[] = [];
  let closed = false;

  function startWorker(): ImageWorker {
    const worker = startImageWorker(entry, (event) => {
      if (event === 'ended') workers.delete(worker);
      startJobs();
    });
    workers.add(worker);
    return worker;
  }

  function startJobs(): void {
    while (!closed && batches.length + images.length > 0) {
      const idle = [...workers].find((worker) => worker.idle);
      if (idle === undefined && workers.size >= workersMax) return;
      const next = batches.length > 0 ? batches.splice(0, 1) : takeImages(images);
      (idle ?? startWorker()).start(next);
    }
  }

  function ask<T>(queue: WaitingJob[], job: ImageJob): Promise<T> {
    if (closed) return Promise.reject(createEndedFault());
    return new Promise<T>((resolve, reject) => {
      queue.push({ job, resolve: resolve as WaitingJob['resolve'], reject });
      // Whatever else the caller asks for now travels along.
      queueMicrotask(startJobs);
    });
  }

  return {
    concurrency: 2 * workersMax * imagesPerMessage,
    prepareSample: (sample) => ask(images, { sample }),
    prepareFile: (file) => ask(images, { file }),
    fillPixels: ({ source }, fill, pixels) => ask(batches, { fill, source, pixels }),
    async close() {
      closed = true;
      for (const { reject } of [...batches.splice(0), ...images.splice(0)]) {
        reject(createEndedFault());
      }
      await Promise.all([...workers].map((worker) => worker.end()));
    },
  };
}

/** Images for one message; those of callers by their size, of which nothing is known where they lie in a file. */
function takeImages(images: WaitingJob[]): WaitingJob[] {
  let bytes = 0;
  const end = images.slice(0, imagesPerMessage).findIndex(({ job }) => {
    if (!('file' in job)) return false;
    const { source } = job.file;
    bytes += typeof source === 'string' ? callersBytesMax : source.byteLength;
    return bytes >= callersBytesMax;
  });
  return images.splice(0, end < 0 ? imagesPerMessage : end + 1);
}

function createEndedFault(): Fault {
  return new Fault('unavailable', 'the image threads have ended');
}

/** A thread cannot run TypeScript: from sources it runs what was built from them. */
function locateThread(): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  const path = fromSources ? '../../dist/images/image-thread.js' : './image-thread.js';
  return new URL(path, import.meta.url);
}
