import { Fault, isFault, runsEndMs } from '@holdfast/fault';
import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import { describeRunFolder, type RunOrigin } from '@holdfast/run-store';
import { enterState } from '../run/enter-state.js';
import {
  type ActiveRun,
  cancelDeferred,
  createActiveRun,
  endRun,
  publishEvent,
  stopWork,
  work,
} from './active-run.js';
import { cancelIdle } from './cancel-idle.js';
import type { ControllerOptions } from './controller-options.js';
import { hasEnded, requeueRun, stopRun } from './describe-run.js';
import { listRunFolders } from './list-run-folders.js';
import { findStoredRun } from './list-runs.js';
import { readStoredRun, requireFree } from './read-stored-run.js';
import { createRunQueue } from './run-queue.js';

/** The runs of this process, of which it works on a few at a time, and those that earlier ones left. */
export interface RunRegistry {
  /** The runs that this process knows. */
  list(): ActiveRun[];
  /** One of them; undefined where it knows no such run. */
  get(runId: string): ActiveRun | undefined;
  /** A run of this process or an earlier one, as {@link RunRegistry.present} shows it. @throws Fault `not-found`. */
  find(runId: string): Promise<Run>;
  /** A stored run as its clients see it: one that is about to be taken up waits. */
  present(run: Run): Run;
  /** A run that cannot be taken up, whatever the options say, until it is. */
  refuse(runPath: string): void;
  /** @throws Fault `exhausted` where no run of this caller may come, `unavailable` once it drains. */
  requireRoom(caller: string | undefined): void;
  /** @throws Fault `precondition` where a run of this name waits or goes on. */
  requireIdle(runId: string): void;
  /** Lets a run wait that says so on disk, and that is idle; it begins with {@link begin}. */
  enqueue(run: Run, origin: RunOrigin, how: Pick<ActiveRun, 'isNew' | 'since'>): void;
  /** Says which place each one that waits has. */
  announce(): void;
  /** Begins to work on those that wait, as many as may go on at once. */
  begin(): void;
  /** Lets a run that was finished before be watched: it ends at once. */
  showFinished(run: Run, origin: RunOrigin): void;
  /**
   * Asks a run to stop after its current step; one that waits or was interrupted has stopped when this resolves.
   * @throws Fault `not-found`, or `aborted` if another process works on it.
   */
  cancel(runId: string): Promise<void>;
  /** Begins no run any more, asks every one to stop, and waits until all is saved. Those that wait go on waiting. */
  drain(): Promise<void>;
}

/** Ended runs that are kept in memory, the last ones: the others are in their folders. */
const endedMax = 100;

/** No runs yet. */
export function createRunRegistry(options: ControllerOptions): RunRegistry {
  const { concurrentRuns, queuedRuns, runsPerCaller } = options.limits;
  const active = new Map<string, ActiveRun>();
  const queue = createRunQueue();
  /** The runs under way; their promises never reject. */
  const working = new Map<ActiveRun, Promise<void>>();
  const contact = { made: false };
  const refused = new Set<string>();
  const ending = new AbortController();
  let isDraining = false;
  let retry: NodeJS.Timeout | undefined;

  function requireRoom(caller = ''): void {
    // Its services are about to close under it.
    if (isDraining) throw describeDraining();
    const idle = Math.max(concurrentRuns - working.size, 0);
    if (queue.size >= queuedRuns + idle) throw describeFull(`${queue.size} runs wait already`);
    const own = [...active.values()].filter(
      ({ run, origin: { caller: other = '' } }) => other === caller && !hasEnded(run),
    );
    if (runsPerCaller === undefined || own.length < runsPerCaller) return;
    throw describeFull(`caller '${caller}' has ${own.length} runs that wait or go on already`);
  }

  function requireIdle(runId: string): void {
    const known = active.get(runId);
    if (known === undefined || hasEnded(known.run)) return;
    throw new Fault(
      'precondition',
      `${known.folder.path}: run "${runId}" waits or goes on already`,
    );
  }

  /** Begins with as many runs as may go on; where the next one is to be tried later, so are those behind it. */
  function begin(): void {
    clearTimeout(retry);
    while (!isDraining && working.size < concurrentRuns) {
      const next = queue.first();
      if (next === undefined) break;
      const waitMs = (next.deferral?.untilMs ?? 0) - Date.now();
      if (waitMs > 0) {
        retry = setTimeout(begin, waitMs).unref();
        break;
      }
      queue.remove(next);
      forgetEnded();
      working.set(next, takeTurn(next));
    }
    queue.announce();
  }

  /** Of runs that ended, events are kept until another one begins, and the last ones themselves. */
  function forgetEnded(): void {
    const ended = [...active].filter(([, { run }]) => hasEnded(run));
    for (const [, { feed }] of ended) feed.forget();
    for (const [runId] of ended.slice(0, -endedMax)) active.delete(runId);
  }

  async function takeTurn(entry: ActiveRun): Promise<void> {
    const { signal } = ending;
    let end = await work(entry, options, { contact, ending: signal });
    if (end === 'deferred' && entry.stopCause === 'cancelled')
      end = await cancelDeferred(entry, signal);
    working.delete(entry);
    if (end === 'elsewhere') {
      active.delete(entry.origin.runId);
      options.observer?.onLeft?.(entry.origin.runId);
      entry.feed.close();
    } else if (end === 'deferred') queue.add(entry);
    // What it held may be what the others wait for.
    else for (const waiting of queue.list()) waiting.deferral = undefined;
    begin();
    if (end === 'lost') await forgetLost(entry);
  }

  /** Of a run that another process took over its folder knows better, where it is found. */
  async function forgetLost(entry: ActiveRun): Promise<void> {
    const { runId } = entry.origin;
    const found = await listRunFolders(options.runsPath).catch((): string[] => []);
    // It may have been resumed meanwhile.
    if (found.includes(entry.folder.path) && active.get(runId) === entry) active.delete(runId);
  }

  function present(run: Run): Run {
    const isLeft = isInterrupted(run) && !active.has(run.runId);
    if (!isLeft || !options.resumesInterrupted || refused.has(toPath(run.runUri))) return run;
    return { ...requeueRun(run), reason: 'its process ended; this controller is about to go on' };
  }

  async function find(runId: string): Promise<Run> {
    const run = active.get(runId)?.run ?? (await findStoredRun(options.runsPath, runId));
    if (run !== undefined) return present(run);
    throw new Fault('not-found', `this controller has no run "${runId}"`);
  }

  /** A run that this process does not work on. A failure that could not be written down is none in its folder, which knows. */
  async function findIdle(runId: string): Promise<Run> {
    const known = active.get(runId);
    if (known?.run.state !== RunState.RUN_STATE_FAILED) return find(runId);
    return readStoredRun(known.folder.path).catch((error) => {
      // That of a plan that was refused is gone.
      if (isFault(error) && error.kind === 'not-found') return known.run;
      throw error;
    });
  }

  function showFinished(run: Run, origin: RunOrigin): void {
    const known = active.get(run.runId);
    if (known !== undefined && !hasEnded(known.run)) return;
    const entry = createActiveRun(run, origin, { isNew: false, since: '' });
    entry.feed.close();
    active.set(run.runId, entry);
  }

  /** Cancels a run that waits here. It keeps its place where that cannot be written down. */
  async function cancelWaiting(entry: ActiveRun): Promise<void> {
    try {
      endRun(entry, stopRun(entry.run, await cancelIdle(entry.folder)));
    } catch (error) {
      entry.cancelling = undefined;
      queue.add(entry);
      throw error;
    } finally {
      begin();
    }
  }

  return {
    list: () => [...active.values()],
    get: (runId) => active.get(runId),
    find,
    present,
    refuse: (runPath) => void refused.add(runPath),
    requireRoom,
    requireIdle,
    begin,
    announce: queue.announce,
    showFinished,

    enqueue(run, origin, how) {
      if (isDraining) throw describeDraining();
      requireIdle(origin.runId);
      const entry = createActiveRun(requeueRun(run), origin, {
        ...how,
        observer: options.observer,
      });
      active.set(origin.runId, entry);
      refused.delete(entry.folder.path);
      publishEvent(entry, enterState(RunState.RUN_STATE_QUEUED));
      queue.add(entry);
    },

    async cancel(runId) {
      const entry = active.get(runId);
      if (entry === undefined || hasEnded(entry.run)) {
        const run = await findIdle(runId);
        await requireFree(run);
        if (hasEnded(run) && !isInterrupted(run)) return;
        const stop = await cancelIdle(describeRunFolder(toPath(run.runUri)));
        if (entry !== undefined) showFinished(stopRun(run, stop), entry.origin);
      } else if (queue.remove(entry)) {
        entry.cancelling = cancelWaiting(entry);
        await entry.cancelling;
      } else if (entry.cancelling !== undefined) await entry.cancelling;
      else stopWork(entry, 'cancelled');
    },

    async drain() {
      isDraining = true;
      ending.abort();
      clearTimeout(retry);
      for (const entry of working.keys()) stopWork(entry, 'interrupted');
      for (const { feed } of queue.list()) feed.close(describeDraining());
      await Promise.all(working.values());
    },
  };
}

/** Whether a run has ended, but may be gone on with unasked. */
function isInterrupted({ state }: Run): boolean {
  return state === RunState.RUN_STATE_INTERRUPTED;
}

function describeDraining(): Fault {
  return new Fault('unavailable', 'this controller is ending; what waits goes on waiting');
}

function describeFull(what: string): Fault {
  const message = `${what}, as many as may; wait for one to end, or cancel it`;
  return new Fault('exhausted', message, { retryAfterMs: runsEndMs });
}
