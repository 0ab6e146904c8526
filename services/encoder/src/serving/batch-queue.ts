import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { EngineTurns } from '../engine-turns.js';
import { countRows, encodeServedBatch } from './encode-served-batch.js';
import { formBatch, isTaken, type ServedBatch, type WaitingJob } from './form-batch.js';
import type { EmbeddedJob, ServedJob } from './served-job.js';

/** What is told of batches. */
export interface BatchObserver {
  onBatch(batch: { readonly images: number; readonly texts: number }): void;
  /** Rows that were not computed because their caller left. */
  onDropped(rows: number): void;
  /** Patches and tokens of requests that are taken on, whenever it changes. */
  onWaiting(tokens: number): void;
}

/** How much waits and is computed at once. */
export interface BatchLimits {
  /** Patches and tokens of a batch. */
  readonly batchTokensMax: number;
  /** Patches and tokens of all requests that are taken on. */
  readonly queueTokensMax: number;
}

/** What a request takes while it waits. */
export interface RequestLoad {
  /** Its patches and tokens, of texts as many as there may be. */
  readonly tokens: number;
  /** Bytes of its images. */
  readonly bytes: number;
}

/** Takes requests on and embeds them. */
export interface RequestQueue {
  /**
   * Does the work of a request. One that is alone is taken on however large it is.
   * @throws Fault `exhausted` at once if there is no room for it.
   */
  admit<T>(load: RequestLoad, work: () => Promise<T>): Promise<T>;
  /** Embeds an admitted job. @throws Fault `cancelled` if its caller leaves. */
  embed(job: ServedJob): Promise<EmbeddedJob>;
}

/** Requests that share the engine. */
export interface BatchQueue extends RequestQueue {
  /**
   * The queue for a request that nobody waits for. It takes room only while less than half is taken, with it, gives it to callers who
   * need it, and is computed when no caller's waits to be: so none is refused for it, and that there was none for it does not close
   * the door to them.
   *
   * @param drop called when a caller needs the room: what is left of the request is to be given up
   */
  beside(drop: () => void): RequestQueue;
  /**
   * Why a request would find no room, before it is read: under more than the engine can, messages would cost the time that refusals
   * need. From one that found none on, none is read until a batch's room is free, or, where it was bytes that had none, a message's.
   */
  findRefusal(): Fault | undefined;
}

/** How much of one thing may wait. */
interface Limit {
  readonly what: string;
  readonly of: (load: RequestLoad) => number;
  readonly max: number;
  /** With so much less that waits there is room again. */
  readonly spare: number;
  /** Milliseconds that what waits takes, as far as is known. */
  estimateMs(): number;
}

interface QueuedJob extends WaitingJob {
  /** Whether nobody waits for it. */
  readonly isBeside: boolean;
  readonly sinceMs: number;
  startedMs?: number;
  /** Rows that are not back yet. */
  left: number;
  readonly embeddings: { readonly images: Float32Array; readonly texts: Float32Array };
  settle(error?: unknown): void;
}

/** A request that nobody waits for, as it was taken on. */
interface BesideRequest {
  readonly load: RequestLoad;
  drop(): void;
}

/** Bytes of images that wait: 256 MiB. */
const queueBytesMax = 2 ** 28;
/** Bytes of the largest message, where nobody says otherwise. */
const messageBytesMax = 2 ** 26;
/** Of the room what shadows may take. */
const besideShare = 0.5;
/** Milliseconds to wait for room: what waits takes about so long, as far as is known. */
const retryMs = { least: 100, most: 30_000 };

/**
 * Makes a queue over the turns of an engine. There is one batch at the engine at a time, and the next one forms when it
 * is back: the busier the engine is, the fuller are the batches.
 */
export function createBatchQueue(
  engine: Engine,
  turns: EngineTurns,
  { batchTokensMax, queueTokensMax, onBatch, onDropped, onWaiting }: BatchLimits & BatchObserver,
): BatchQueue {
  let jobs: QueuedJob[] = [];
  /** Of callers. */
  let waiting: RequestLoad = { tokens: 0, bytes: 0 };
  let besides: readonly BesideRequest[] = [];
  let pumping = false;
  let msPerToken = 0.1;
  /** How long the last request with bytes of images was held, preparing them included. */
  let bytesHeldMs = 0;
  const limits: readonly Limit[] = [
    {
      ...{ what: 'patches and tokens', of: ({ tokens }) => tokens },
      ...{ max: queueTokensMax, spare: batchTokensMax },
      estimateMs: () => waiting.tokens * msPerToken,
    },
    {
      ...{ what: 'bytes of images', of: ({ bytes }) => bytes },
      ...{ max: queueBytesMax, spare: messageBytesMax },
      // Large images take longer to prepare than to compute.
      estimateMs: () => Math.max(waiting.tokens * msPerToken, bytesHeldMs),
    },
  ];
  /** What a request found no room for, until there is room again. */
  let full: Limit | undefined;

  /** What callers have taken, and what nobody waits for. */
  function countAll(of: Limit['of']): number {
    return besides.reduce((sum, { load }) => sum + of(load), of(waiting));
  }

  function isFull({ of, max, spare }: Limit): boolean {
    return of(waiting) > Math.max(max - spare, 0);
  }

  function requireRoom(load: RequestLoad): void {
    const exceeded = limits.filter(({ of, max }) => of(waiting) + of(load) > max);
    if (exceeded.length === 0 || waiting.tokens === 0) return;
    full = exceeded.find(isFull) ?? full;
    throw refuse(exceeded[0]!);
  }

  function refuse({ what, of, max, estimateMs }: Limit): Fault {
    const waitMs = Math.max(estimateMs(), retryMs.least);
    return new Fault(
      'exhausted',
      `as many images and texts wait as may: ${of(waiting)} ${what} of ${max}; come back later`,
      { retryAfterMs: Math.ceil(Math.min(waitMs, retryMs.most)) },
    );
  }

  function take(load: RequestLoad, sign: 1 | -1): void {
    const [tokens, bytes] = [sign * load.tokens, sign * load.bytes];
    waiting = { tokens: waiting.tokens + tokens, bytes: waiting.bytes + bytes };
    if (full && !isFull(full)) full = undefined;
    tellWaiting();
  }

  function tellWaiting(): void {
    onWaiting(countAll(({ tokens }) => tokens));
  }

  /** Drops what nobody waits for, the last one first, until there is room for a caller. */
  function dropFor(load: RequestLoad): void {
    const isShort = ({ of, max }: Limit) => countAll(of) + of(load) > max;
    while (besides.length > 0 && limits.some(isShort)) {
      const last = besides.at(-1)!;
      besides = besides.slice(0, -1);
      last.drop();
    }
  }

  async function admitBeside<T>(request: BesideRequest, work: () => Promise<T>): Promise<T> {
    const exceeded = limits.find(
      ({ of, max }) => countAll(of) + of(request.load) > besideShare * max,
    );
    if (exceeded) throw refuse(exceeded);
    besides = [...besides, request];
    tellWaiting();
    try {
      return await work();
    } finally {
      besides = besides.filter((each) => each !== request);
      tellWaiting();
    }
  }

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (jobs.length > 0) await turns.take('interactive', computeNext);
    } finally {
      pumping = false;
    }
  }

  async function computeNext(): Promise<void> {
    const callers = jobs.filter(({ isBeside }) => !isBeside);
    const [first, ...others] = callers.length > 0 ? callers : jobs;
    // Everybody may have left while the engine was busy.
    if (first === undefined) return;
    const batch = formBatch<QueuedJob>([first, ...others], batchTokensMax);
    jobs = jobs.filter((job) => !isTaken(job));
    await compute(batch);
  }

  async function compute(batch: ServedBatch<QueuedJob>): Promise<void> {
    const fromMs = performance.now();
    const parts = [...batch.images, ...batch.texts];
    for (const { job } of parts) job.startedMs ??= fromMs;
    try {
      await encodeServedBatch(engine, batch);
    } catch (error) {
      for (const { job } of parts) job.settle(error);
      return;
    }
    batch.served.statistics.batches += 1;
    onBatch({ images: countRows(batch.images), texts: countRows(batch.texts) });
    msPerToken = (performance.now() - fromMs) / batch.tokens;
    for (const { job, count } of parts) {
      job.left -= count;
      if (job.left === 0) job.settle();
    }
  }

  function embed(wanted: ServedJob, isBeside: boolean): Promise<EmbeddedJob> {
    return new Promise((resolve, reject) => {
      const { images, texts, signal, served } = wanted;
      const size = served.directory.config.projectionSize;
      const leave = () => {
        const { taken } = job;
        const computed = taken.images + taken.texts;
        if (!isBeside) onDropped((images?.count ?? 0) + (texts?.count ?? 0) - computed);
        job.settle(new Fault('cancelled', 'the caller left'));
      };
      const job: QueuedJob = {
        ...wanted,
        isBeside,
        taken: { images: 0, texts: 0 },
        sinceMs: performance.now(),
        left: (images?.count ?? 0) + (texts?.count ?? 0),
        embeddings: {
          images: new Float32Array((images?.count ?? 0) * size),
          texts: new Float32Array((texts?.count ?? 0) * size),
        },
        settle(error) {
          signal.removeEventListener('abort', leave);
          jobs = jobs.filter((each) => each !== job);
          if (error !== undefined) return reject(error);
          const nowMs = performance.now();
          const { sinceMs, startedMs = nowMs } = job;
          const times = { waitedMs: startedMs - sinceMs, computedMs: nowMs - startedMs };
          return resolve({ ...job.embeddings, ...times });
        },
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      jobs.push(job);
      void pump();
    });
  }

  return {
    findRefusal: () => full && refuse(full),
    async admit(load, work) {
      requireRoom(load);
      dropFor(load);
      take(load, 1);
      const fromMs = performance.now();
      try {
        const answer = await work();
        if (load.bytes > 0) bytesHeldMs = performance.now() - fromMs;
        return answer;
      } finally {
        take(load, -1);
      }
    },
    embed: (job) => embed(job, false),
    beside: (drop) => ({
      admit: (load, work) => admitBeside({ load, drop }, work),
      embed: (job) => embed(job, true),
    }),
  };
}
