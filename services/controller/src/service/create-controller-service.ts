import type { ControllerServiceImplementation } from '@holdfast/proto/holdfast/controller/v1/controller';
import { requireRunId, toPath } from '@holdfast/run-kit';
import { collectViolations, findCertifiedName } from '@holdfast/service-kit';
import { type ControllerOptions, defaultLimits } from './controller-options.js';
import { createTurns } from './create-turns.js';
import { hasEnded } from './describe-run.js';
import { listRuns } from './list-runs.js';
import { listSteps } from './list-steps.js';
import { findArtifact, getVerdict, listArtifacts } from './read-artifacts.js';
import {
  noLeftRuns,
  type RestoreQueueOptions,
  restoreLeft,
  restoreQueue,
} from './restore-queue.js';
import { resumeRun } from './resume-run.js';
import { createRunRegistry } from './run-registry.js';
import { streamFile } from './stream-file.js';
import { createStreamPlaces } from './stream-places.js';
import { submitRun } from './submit-run.js';
import { watchRun } from './watch-run.js';

/** A controller, and how to end it. */
export interface ControllerService extends ControllerServiceImplementation {
  /** Lets the runs wait that waited in an earlier process, and begins none of them: {@link begin} does. {@link restoreLeft} is to follow. */
  restore(options: RestoreQueueOptions): Promise<void>;
  /**
   * Takes up those of processes elsewhere that do not say any more that they are there, as soon as that is certain; called
   * again, also what was left since.
   */
  restoreLeft(options: RestoreQueueOptions): Promise<void>;
  /** Begins with the runs that wait. */
  begin(): void;
  /** Asks every run to stop after its current step, and waits until all is saved; those that wait go on waiting. */
  stop(): Promise<void>;
}

/** @throws Fault `invalid` unless a run's name has 1 to 256 characters. */
function checkRunId(method: string, runId: string): void {
  const violations = collectViolations(method);
  requireRunId(runId, violations);
  violations.throwIfAny();
}

/** Runs plans, by default one at a time: the only service that calls others. */
export function createControllerService({
  limits = defaultLimits,
  ...given
}: Omit<ControllerOptions, 'limits'> & Partial<ControllerOptions>): ControllerService {
  const options: ControllerOptions = { ...given, limits };
  const registry = createRunRegistry(options);
  const places = createStreamPlaces();
  // One run after the other is taken: of a request that comes twice at once, the second must find the first one's run.
  const inTurn = createTurns();
  const left = noLeftRuns();

  async function findPath(method: string, runId: string): Promise<string> {
    checkRunId(method, runId);
    return toPath((await registry.find(runId)).runUri);
  }

  return {
    async submitRun(request, context) {
      // Who has a certificate is who it says, whatever the request does.
      const caller = findCertifiedName(context) ?? request.caller;
      return inTurn(() => submitRun(registry, options, { ...request, caller }));
    },

    resumeRun: (request) => resumeRun(registry, options.roots, request, inTurn),

    async *watchRun(request, { signal }) {
      checkRunId('WatchRun', request.runId);
      yield* watchRun({ registry, left }, places, request, signal);
    },

    async listSteps(request) {
      return listSteps(request, await findPath('ListSteps', request.runId));
    },

    async getVerdict({ runId }) {
      return getVerdict(await findPath('GetVerdict', runId));
    },

    async *getReport({ runId }) {
      const path = await findArtifact(await findPath('GetReport', runId), 'report.html');
      for await (const { bytes } of places.pace(streamFile(path))) yield { chunk: bytes };
    },

    async listArtifacts({ runId }) {
      return listArtifacts(await findPath('ListArtifacts', runId));
    },

    async *getArtifact({ runId, path, offsetBytes }) {
      const real = await findArtifact(await findPath('GetArtifact', runId), path);
      for await (const { size, bytes } of places.pace(streamFile(real, Number(offsetBytes)))) {
        yield { sizeBytes: BigInt(size), chunk: bytes };
      }
    },

    async getRun({ runId }) {
      checkRunId('GetRun', runId);
      return { run: await registry.find(runId) };
    },

    listRuns(request) {
      const live = registry.list().map(({ run }) => run);
      return listRuns(request, options.runsPath, live, registry.present);
    },

    async cancelRun({ runId }) {
      checkRunId('CancelRun', runId);
      const known = registry.get(runId);
      // One that nobody works on could be taken up between the look at its folder and the entry in it.
      if (known === undefined || hasEnded(known.run)) await inTurn(() => registry.cancel(runId));
      else await registry.cancel(runId);
      return {};
    },

    restore(restoring) {
      left.firstLook = 'pending';
      return restoreQueue(registry, options, restoring);
    },

    restoreLeft: (restoring) => restoreLeft(registry, options, restoring, inTurn, left),

    begin: () => registry.begin(),

    stop: () => registry.drain(),
  };
}
