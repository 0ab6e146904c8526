import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { writeFileAtomic } from '@holdfast/artifacts';
import { Fault, runsEndMs } from '@holdfast/fault';
import { isPlanFault } from '@holdfast/plan';
import {
  type ControllerServiceImplementation,
  type Run,
  RunState,
  type SubmitRunRequest,
  type SubmitRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { requireRunId } from '@holdfast/run-kit';
import {
  claimRunFolder,
  describeRunFolder,
  type RunFolder,
  type RunOrigin,
  readOrigin,
  writeOrigin,
} from '@holdfast/run-store';
import { collectViolations, confineField } from '@holdfast/service-kit';
import type { ServiceClients } from '../clients.js';
import { executeRun } from '../execute/execute-run.js';
import { enterState } from '../run/enter-state.js';
import type { StopCause } from '../run/execute-run-options.js';
import { beginSequence, createRunFeed, type RunEvent, type RunFeed } from '../run/run-feed.js';
import {
  applyEvent,
  completeRun,
  countSteps,
  createRun,
  hasEnded,
  requeueRun,
  stopRun,
} from './describe-run.js';
import { findRepeated } from './find-repeated.js';
import { listOrigins } from './list-origins.js';
import { findStoredRun, listRuns } from './list-runs.js';
import { listSteps } from './list-steps.js';
import { hashRequest, parseSubmitRun, requireAbsolute } from './parse-submit-run.js';
import { findArtifact, getVerdict, listArtifacts } from './read-artifacts.js';
import { readStoredRun } from './read-stored-run.js';
import { streamFile } from './stream-file.js';

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
  readonly origin: RunOrigin;
  readonly feed: RunFeed;
  readonly abort: AbortController;
  /** Whether this process made the folder; a resumed run's stays whatever happens. */
  readonly isNew: boolean;
  /** Why it was asked to stop; a user who asks after the process did asks in vain. */
  stopCause?: StopCause;
  run: Run;
}

/** States of a run that has computed nothing. */
const unbegun: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_QUEUED,
  RunState.RUN_STATE_PREPARING,
]);

/** Asks a run to stop, and says so to its watchers. */
function stopWork(entry: ActiveRun, cause: StopCause): void {
  if (hasEnded(entry.run) || entry.stopCause !== undefined) return;
  entry.stopCause = cause;
  publish(entry, enterState(RunState.RUN_STATE_STOPPING));
  entry.abort.abort();
}

/** Folds an event into the run and tells its watchers. A run that stops enters no state but its last. */
function publish(entry: ActiveRun, event: RunEvent): void {
  const isStopping = entry.run.state === RunState.RUN_STATE_STOPPING;
  if (isStopping && event.$case === 'stateChanged') return;
  entry.run = event.$case === 'ended' ? event.value.run! : applyEvent(entry.run, event);
  entry.feed.publish(event);
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
  if (!isNew || !unbegun.has(run.state) || !isPlanFault(error)) return;
  // What cannot be removed must not keep the run from ending.
  await rm(folder.path, { recursive: true, force: true }).catch(() => {});
}

/** @throws Fault `invalid` unless a run's name has 1 to 256 characters. */
function checkRunId(method: string, runId: string): void {
  const violations = collectViolations(method);
  requireRunId(runId, violations);
  violations.throwIfAny();
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
  /** The last submission, done when it is answered; never rejects. */
  let submitting: Promise<unknown> = Promise.resolve();

  /** A run that no process works on, as an earlier one left it. */
  async function requireStored(runId: string): Promise<Run> {
    const run = await findStoredRun(options.runsPath, runId);
    if (run === undefined) {
      throw new Fault('not-found', `this controller has no run "${runId}"`);
    }
    return run;
  }

  async function findRun(runId: string): Promise<Run> {
    return active.get(runId)?.run ?? requireStored(runId);
  }

  function requireIdle(): void {
    const busy = [...active.values()].find(({ run }) => !hasEnded(run));
    if (busy === undefined) return;
    const message = `run ${busy.run.runId} is still going; wait for it or cancel it`;
    throw new Fault('exhausted', message, { retryAfterMs: runsEndMs });
  }

  async function follow(entry: ActiveRun, origin: RunOrigin): Promise<void> {
    const end = await executeRun({
      runId: origin.runId,
      folder: entry.folder,
      basePath: origin.basePath,
      planName: origin.planName,
      clients: options,
      softwareVersion: options.version,
      command: options.command,
      publish: (event) => publish(entry, event),
      signal: entry.abort.signal,
      stopCause: () => entry.stopCause ?? 'interrupted',
    });
    if ('error' in end) await discardRefused(entry, end.error);
    const run = 'error' in end ? stopRun(entry.run, end.stop) : completeRun(entry.run, end);
    publish(entry, { $case: 'ended', value: { run } });
    entry.feed.close();
  }

  function start(run: Run, origin: RunOrigin, { isNew }: Pick<ActiveRun, 'isNew'>): void {
    requireIdle();
    const entry: ActiveRun = {
      folder: describeRunFolder(run.runPath),
      origin,
      feed: createRunFeed(),
      abort: new AbortController(),
      isNew,
      run: requeueRun(run),
    };
    // One run's events are kept at a time.
    for (const { feed } of active.values()) feed.forget();
    active.set(origin.runId, entry);
    publish(entry, enterState(RunState.RUN_STATE_QUEUED));
    working = follow(entry, origin);
  }

  /** Lets a run that was finished before be watched: it ends at once. */
  function showFinished(run: Run, origin: RunOrigin): void {
    const known = active.get(run.runId);
    if (known !== undefined && !hasEnded(known.run)) return;
    const feed = createRunFeed();
    feed.close();
    const folder = describeRunFolder(run.runPath);
    const abort = new AbortController();
    active.set(run.runId, { folder, origin, feed, abort, isNew: false, run });
  }

  async function submit(request: SubmitRunRequest): Promise<SubmitRunResponse> {
    const { requestId, planName, planYaml, labels } = request;
    const { plan, basePath, runPath } = await parseSubmitRun(request, options.roots);
    const started = [...active.values()].map(({ folder, origin }) => ({
      path: folder.path,
      origin,
    }));
    const stored = await listOrigins(options.runsPath, runPath === '' ? [] : [runPath]);
    const repeated = findRepeated(request, [...started, ...stored]);
    if (repeated !== undefined) return repeated;
    requireIdle();
    const runId = randomUUID();
    const named = runPath || nameRunFolder(options.runsPath, planName, runId);
    const folder = await claimRunFolder(resolve(named), options.roots);
    const createdAt = new Date().toISOString();
    const origin: RunOrigin = {
      ...{ runId, planName, basePath, createdAt, labels },
      request: { id: requestId, sha256: hashRequest(request) },
    };
    await writeOrigin(folder, origin);
    await writeFileAtomic(folder.plan, planYaml);
    try {
      start(createRun(origin, folder.path, countSteps(plan)), origin, { isNew: true });
    } catch (error) {
      // Another run was resumed meanwhile.
      await rm(folder.path, { recursive: true, force: true });
      throw error;
    }
    return { runId, runPath: folder.path };
  }

  return {
    submitRun(request) {
      // One after the other: of a request that comes twice at once, the second must find the first one's run.
      const submitted = submitting.then(() => submit(request));
      submitting = submitted.catch(() => {});
      return submitted;
    },

    async resumeRun(request) {
      const violations = collectViolations('ResumeRun');
      const { roots } = options;
      const runPath = requireAbsolute(request.runPath, 'run_path', violations)
        ? await confineField(request.runPath, 'run_path', { roots, violations })
        : '';
      violations.throwIfAny();
      const origin = await readOrigin(runPath);
      const { runId } = origin;
      const going = active.get(runId);
      if (going?.folder.path === runPath && !hasEnded(going.run)) {
        return { runId, step: going.run.progress?.step ?? 0 };
      }
      const run = await readStoredRun(runPath);
      if (run.state === RunState.RUN_STATE_COMPLETED) showFinished(run, origin);
      else start(run, origin, { isNew: false });
      return { runId, step: run.progress?.step ?? 0 };
    },

    async *watchRun({ runId, afterSequence }, { signal }) {
      checkRunId('WatchRun', runId);
      const entry = active.get(runId);
      let told = false;
      for await (const response of entry?.feed.subscribe(afterSequence, signal) ?? []) {
        yield response;
        told = response.event.$case === 'ended';
      }
      if (told || signal.aborted) return;
      const run = entry?.run ?? (await requireStored(runId));
      yield { event: { $case: 'ended', value: { run } }, sequence: beginSequence() };
    },

    async listSteps(request) {
      checkRunId('ListSteps', request.runId);
      return listSteps(request, (await findRun(request.runId)).runPath);
    },

    async getVerdict({ runId }) {
      checkRunId('GetVerdict', runId);
      return getVerdict((await findRun(runId)).runPath);
    },

    async *getReport({ runId }) {
      checkRunId('GetReport', runId);
      const { runPath } = await findRun(runId);
      const path = await findArtifact(runPath, 'report.html');
      for await (const { bytes } of streamFile(path)) yield { chunk: bytes };
    },

    async listArtifacts({ runId }) {
      checkRunId('ListArtifacts', runId);
      return listArtifacts((await findRun(runId)).runPath);
    },

    async *getArtifact({ runId, path, offsetBytes }) {
      checkRunId('GetArtifact', runId);
      const real = await findArtifact((await findRun(runId)).runPath, path);
      for await (const { size, bytes } of streamFile(real, Number(offsetBytes))) {
        yield { sizeBytes: BigInt(size), chunk: bytes };
      }
    },

    async getRun({ runId }) {
      checkRunId('GetRun', runId);
      return { run: await findRun(runId) };
    },

    listRuns(request) {
      const live = [...active.values()].map(({ run }) => run);
      return listRuns(request, options.runsPath, live);
    },

    async cancelRun(request) {
      checkRunId('CancelRun', request.runId);
      const entry = active.get(request.runId);
      if (entry === undefined) await requireStored(request.runId);
      else stopWork(entry, 'cancelled');
      return {};
    },

    async stop() {
      for (const entry of active.values()) stopWork(entry, 'interrupted');
      await working;
    },
  };
}
