import { Fault, runsEndMs } from '@holdfast/fault';
import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { RunOrigin } from '@holdfast/run-store';
import { enterState } from '../run/enter-state.js';
import type { StopCause } from '../run/execute-run-options.js';
import { type ActiveRun, createActiveRun, publishEvent, stopWork, work } from './active-run.js';
import type { ControllerOptions } from './controller-options.js';
import { hasEnded, requeueRun } from './describe-run.js';
import { findStoredRun } from './list-runs.js';
import { requireEnded } from './read-stored-run.js';

/** The runs of this process, of which it works on one at a time, and those that earlier ones left. */
export interface RunRegistry {
  /** The runs that this process knows. */
  list(): ActiveRun[];
  /** One of them; undefined where it knows no such run. */
  get(runId: string): ActiveRun | undefined;
  /** A run of this process or an earlier one. @throws Fault `not-found`. */
  find(runId: string): Promise<Run>;
  /** @throws Fault `exhausted` while a run is going. */
  requireIdle(): void;
  /** Begins to work on a run. @throws Fault `exhausted` while another one is going, `unavailable` once it drains. */
  start(run: Run, origin: RunOrigin, how: Pick<ActiveRun, 'isNew'>): void;
  /** Lets a run that was finished before be watched: it ends at once. */
  showFinished(run: Run, origin: RunOrigin): void;
  /** Asks a run to stop after its current step. @throws Fault `not-found`, or `aborted` if another process works on it. */
  stop(runId: string, cause: StopCause): Promise<void>;
  /** Resolves once no run is going. */
  idle(): Promise<void>;
  /** Begins no run any more, asks every one to stop, and waits until all is saved. */
  drain(): Promise<void>;
}

/** No runs yet. */
export function createRunRegistry(options: ControllerOptions): RunRegistry {
  const active = new Map<string, ActiveRun>();
  /** The run under way, if there is one; never rejects. */
  let working: Promise<void> = Promise.resolve();
  let isDraining = false;
  const findBusy = () => [...active.values()].find(({ run }) => !hasEnded(run));

  function requireIdle(): void {
    const busy = findBusy();
    if (busy === undefined) return;
    const message = `run ${busy.run.runId} is still going; wait for it or cancel it`;
    throw new Fault('exhausted', message, { retryAfterMs: runsEndMs });
  }

  async function find(runId: string): Promise<Run> {
    const run = active.get(runId)?.run ?? (await findStoredRun(options.runsPath, runId));
    if (run !== undefined) return run;
    throw new Fault('not-found', `this controller has no run "${runId}"`);
  }

  return {
    list: () => [...active.values()],
    get: (runId) => active.get(runId),
    find,
    requireIdle,

    start(run, origin, how) {
      // Its services are about to close under it.
      if (isDraining) throw new Fault('unavailable', 'this controller is ending');
      requireIdle();
      const entry = createActiveRun(requeueRun(run), origin, how);
      // One run's events are kept at a time.
      for (const { feed } of active.values()) feed.forget();
      active.set(origin.runId, entry);
      publishEvent(entry, enterState(RunState.RUN_STATE_QUEUED));
      working = work(entry, options);
    },

    showFinished(run, origin) {
      const known = active.get(run.runId);
      if (known !== undefined && !hasEnded(known.run)) return;
      const entry = createActiveRun(run, origin, { isNew: false });
      entry.feed.close();
      active.set(run.runId, entry);
    },

    async stop(runId, cause) {
      const entry = active.get(runId);
      if (entry === undefined) await requireEnded(await find(runId));
      else stopWork(entry, cause);
    },

    async idle() {
      while (findBusy() !== undefined) await working;
    },

    async drain() {
      isDraining = true;
      for (const entry of active.values()) stopWork(entry, 'interrupted');
      await working;
    },
  };
}
