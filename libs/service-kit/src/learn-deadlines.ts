import { linkSignal } from './race-abort.js';

/** A call that is watched. */
export interface WatchedCall {
  /** Aborts when the call is given up, or with the caller's. */
  readonly signal: AbortSignal;
  /** Why it was given up; undefined where it was not. */
  late(): string | undefined;
  /** It was answered: those like it may take ten times as long. */
  succeed(): void;
  /** Stops the clock. */
  end(): void;
}

/** What calls took, and what others like them may take. */
export interface LearnedDeadlines {
  /** Starts the clock of a call. */
  watch(path: string, request: unknown, parent: AbortSignal): WatchedCall;
}

/** A call may take so many times as long as the slowest of those like it. */
const factor = 10;
/** Kinds of calls that are remembered, the last used ones. */
const kindsMax = 4096;
/** How often the clock is looked at. */
const tickMs = 250;

/** What is known of calls of one kind. */
interface Known {
  slowestMs: number;
  /** How many were given up since one was answered. */
  missed: number;
}

/**
 * Gives up a call whose service hangs, long before its method's deadline: after max(30 s, 10 t) 2^n, t the slowest of the calls
 * like it that were answered, n those given up since the last answer, so that no wrong alarm is raised again and again. Where no
 * call like it was answered, nothing is given up.
 *
 * Alike are calls of one method, for one run, of about the same work: what a request lists and the bytes that it has, and the
 * steps in which it attacks images, both to the next power of two. Time in which this process stood still itself is not counted.
 */
export function createLearnedDeadlines({ leastMs = 30_000 } = {}): LearnedDeadlines {
  const kinds = new Map<string, Known>();

  function remember(kind: string, known: Known): void {
    kinds.delete(kind);
    kinds.set(kind, known);
    if (kinds.size > kindsMax) kinds.delete(kinds.keys().next().value!);
  }

  return {
    watch(path, request, parent) {
      const sizes = [countWork(request), countAttacks(request)];
      const powers = sizes.map((size) => Math.ceil(Math.log2(size + 1)));
      const kind = [path, findRun(request), ...powers].join(' ');
      const known = kinds.get(kind);
      const link = linkSignal(parent);
      const startMs = performance.now();
      let late: string | undefined;
      const limitMs = known && Math.max(leastMs, factor * known.slowestMs) * 2 ** known.missed;
      const stop =
        known === undefined || limitMs === undefined
          ? () => {}
          : startClock(limitMs, () => {
              late = `No answer in ${toSeconds(limitMs)}, and calls like it took at most ${toSeconds(known.slowestMs)}`;
              remember(kind, { ...known, missed: known.missed + 1 });
              link.abort();
            });
      return {
        signal: link.signal,
        late: () => late,
        succeed() {
          const tookMs = performance.now() - startMs;
          const slowestMs = Math.max(kinds.get(kind)?.slowestMs ?? 0, tookMs);
          remember(kind, { slowestMs, missed: 0 });
        },
        end() {
          stop();
          link.unlink();
        },
      };
    },
  };
}

/** Calls back after a time in which this process ran; answers what stops it. */
function startClock(ms: number, onOver: () => void): () => void {
  const stepMs = Math.min(tickMs, ms / 4);
  let leftMs = ms;
  let beforeMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    leftMs -= Math.min(nowMs - beforeMs, 2 * stepMs);
    beforeMs = nowMs;
    if (leftMs > 0) return;
    clearInterval(timer);
    onOver();
  }, stepMs);
  return () => clearInterval(timer);
}

/** The run that a request is about; empty where it is about none. */
function findRun(request: unknown): string {
  const { runId, source } = request as { runId?: unknown; source?: { runId?: unknown } };
  return String(runId ?? source?.runId ?? '');
}

/** Steps in which a request has images attacked, counted for each image; one number of the message stands for up to 50. */
function countAttacks(request: unknown): number {
  type Attack = { readonly steps?: number; readonly labels?: readonly number[] };
  const { attack, attacks } = request as { attack?: Attack; attacks?: readonly Attack[] };
  const listed = Array.isArray(attacks) ? attacks : [];
  return [attack, ...listed].reduce(
    (sum, { steps = 0, labels = [] } = {}) => sum + steps * labels.length,
    0,
  );
}

/** What a request lists, and the bytes of what it has. */
function countWork(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 0;
  for (const part of Object.values(value)) sum += countWork(part);
  return sum;
}

const toSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
