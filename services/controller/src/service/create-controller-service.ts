import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { confinePath, writeFileAtomic } from '@holdfast/artifacts';
import { Fault, runsEndMs } from '@holdfast/fault';
import { isPlanFault, parsePlan, withPlanLines } from '@holdfast/plan';
import {
  type ControllerServiceImplementation,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  claimRunFolder,
  describeRunFolder,
  type RunFolder,
  type RunOrigin,
  readOrigin,
  writeOrigin,
} from '@holdfast/run-store';
import type { ServiceClients } from '../clients.js';
import { executeRun } from '../execute/execute-run.js';
import { createRunFeed, type RunEvent, type RunFeed } from '../run/run-feed.js';
import { confinePlan } from './confine-plan.js';
import {
  applyEvent,
  completeRun,
  countSteps,
  createRun,
  failRun,
  readRun,
} from './describe-run.js';
import { listStoredRuns } from './list-stored-runs.js';

/** What a controller is made of. */
export interface ControllerOptions extends ServiceClients {
  /** Where runs without a folder of their own go. */
  readonly runsPath: string;
  /** Folders that plans, data, models and runs may stand in. */
  readonly roots: readonly string[];
  readonly version: string;
  /** How a person calls holdfast, for the commands in a report. */
  readonly command: string;
}

/** A run that this process started. */
interface ActiveRun {
  readonly folder: RunFolder;
  readonly feed: RunFeed;
  readonly abort: AbortController;
  /** Whether this process made the folder; a resumed run's stays whatever happens. */
  readonly isNew: boolean;
  run: Run;
}

/** States in which nothing works on a run. */
const finalStates: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_COMPLETED,
  RunState.RUN_STATE_FAILED,
  RunState.RUN_STATE_CANCELLED,
]);

function isActive({ state }: Run): boolean {
  return !finalStates.has(state);
}

/** A folder for a run that names none: the plan's name and a piece of the run's. */
function nameRunFolder(runsPath: string, planName: string, runId: string): string {
  const stem = basename(planName, extname(planName)).replaceAll(/[^\w.-]+/g, '-') || 'run';
  return join(runsPath, `${stem}-${runId.slice(0, 8)}`);
}

/**
 * Removes the folder of a new run whose plan was refused before anything was computed: the refusal says
 * all there is, and the mended plan may have the name. Every other failure leaves its folder, whose
 * journal says what happened.
 */
async function discardRefused({ folder, isNew, run }: ActiveRun, error: unknown): Promise<void> {
  const hasBegun = run.state !== RunState.RUN_STATE_PREPARING;
  if (!isNew || hasBegun || !isPlanFault(error)) return;
  // What cannot be removed must not keep the run from ending.
  await rm(folder.path, { recursive: true, force: true }).catch(() => {});
}

/** A controller, and how to end it. */
export interface ControllerService extends ControllerServiceImplementation {
  /** Asks every run to stop after its current step, and waits until all is saved. */
  stop(): Promise<void>;
}

/** Runs plans, one at a time: the only service that calls others. */
export function createControllerService(options: ControllerOptions): ControllerService {
  const active = new Map<string, ActiveRun>();
  /** The run under way, if there is one; never rejects. */
  let working: Promise<void> = Promise.resolve();

  function listRuns(): Promise<Run[]> {
    const live = new Map([...active.values()].map(({ folder, run }) => [folder.path, run]));
    return listStoredRuns(options.runsPath, live);
  }

  /** A run that no process works on, as an earlier one left it. */
  async function requireStored(runId: string): Promise<Run> {
    const run = (await listRuns()).find((stored) => stored.runId === runId);
    if (run === undefined) {
      throw new Fault('not-found', `this controller has no run "${runId}"`);
    }
    return run;
  }

  function requireIdle(): void {
    const busy = [...active.values()].find(({ run }) => isActive(run));
    if (busy === undefined) return;
    const message = `run ${busy.run.runId} is still going; wait for it or cancel it`;
    throw new Fault('exhausted', message, { retryAfterMs: runsEndMs });
  }

  async function follow(entry: ActiveRun, origin: RunOrigin): Promise<void> {
    const publish = (event: RunEvent) => {
      entry.run = applyEvent(entry.run, event);
      entry.feed.publish(event);
    };
    const ended = await executeRun({
      runId: origin.runId,
      folder: entry.folder,
      basePath: origin.basePath,
      planName: origin.planName,
      clients: options,
      softwareVersion: options.version,
      command: options.command,
      publish,
      signal: entry.abort.signal,
    }).then(
      (result) => completeRun(entry.run, result),
      async (error: unknown) => {
        await discardRefused(entry, error);
        return failRun(entry.run, error);
      },
    );
    publish({ $case: 'ended', value: { run: ended } });
    entry.run = ended;
    entry.feed.close();
  }

  function start(run: Run, origin: RunOrigin, { isNew }: Pick<ActiveRun, 'isNew'>): void {
    requireIdle();
    const entry: ActiveRun = {
      folder: describeRunFolder(run.runPath),
      feed: createRunFeed(),
      abort: new AbortController(),
      isNew,
      run: { ...run, state: RunState.RUN_STATE_PREPARING, failure: '' },
    };
    active.set(origin.runId, entry);
    working = follow(entry, origin);
  }

  /** Lets a run that was finished before be watched: it ends at once. */
  function showFinished(run: Run): void {
    const known = active.get(run.runId);
    if (known !== undefined && isActive(known.run)) return;
    const feed = createRunFeed();
    feed.close();
    const folder = describeRunFolder(run.runPath);
    active.set(run.runId, { folder, feed, abort: new AbortController(), isNew: false, run });
  }

  return {
    async submitRun(request) {
      requireIdle();
      const { planName, planYaml } = request;
      const plan = parsePlan(planYaml, planName);
      const basePath = await confinePath(request.basePath, options.roots);
      await withPlanLines({ name: planName, text: planYaml }, () =>
        confinePlan(plan, basePath, options.roots),
      );
      const runId = randomUUID();
      const named = request.runPath || nameRunFolder(options.runsPath, planName, runId);
      const folder = await claimRunFolder(resolve(named), options.roots);
      const origin: RunOrigin = { runId, planName, basePath };
      await writeOrigin(folder, origin);
      await writeFileAtomic(folder.plan, planYaml);
      try {
        start(createRun(runId, folder.path, countSteps(plan)), origin, { isNew: true });
      } catch (error) {
        // Another run started meanwhile.
        await rm(folder.path, { recursive: true, force: true });
        throw error;
      }
      return { runId, runPath: folder.path };
    },

    async resumeRun(request) {
      const runPath = await confinePath(request.runPath, options.roots);
      const origin = await readOrigin(runPath);
      const run = await readRun(runPath);
      if (run.state === RunState.RUN_STATE_COMPLETED) showFinished(run);
      else start(run, origin, { isNew: false });
      return { runId: origin.runId, step: run.step };
    },

    async *watchRun(request, context) {
      const entry = active.get(request.runId);
      const run = entry?.run ?? (await requireStored(request.runId));
      if (entry === undefined || !isActive(run)) {
        yield { event: { $case: 'ended', value: { run } } };
        return;
      }
      const initial: RunEvent = { $case: 'stateChanged', value: { state: run.state } };
      for await (const event of entry.feed.subscribe([initial], context.signal)) yield { event };
    },

    async getRun(request) {
      return { run: active.get(request.runId)?.run ?? (await requireStored(request.runId)) };
    },

    async listRuns() {
      return { runs: await listRuns() };
    },

    async cancelRun(request) {
      const entry = active.get(request.runId);
      if (entry === undefined) await requireStored(request.runId);
      else entry.abort.abort();
      return {};
    },

    async stop() {
      for (const { abort } of active.values()) abort.abort();
      await working;
    },
  };
}
