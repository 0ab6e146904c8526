import type { ControllerServiceImplementation } from '@holdfast/proto/holdfast/controller/v1/controller';
import { requireRunId, toPath } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { ControllerOptions } from './controller-options.js';
import { listRuns } from './list-runs.js';
import { listSteps } from './list-steps.js';
import { findArtifact, getVerdict, listArtifacts } from './read-artifacts.js';
import { type ResumeInterruptedOptions, resumeInterrupted } from './resume-interrupted.js';
import { resumeRun } from './resume-run.js';
import { createRunRegistry } from './run-registry.js';
import { streamFile } from './stream-file.js';
import { createSubmitRun } from './submit-run.js';
import { watchRun } from './watch-run.js';

/** A controller, and how to end it. */
export interface ControllerService extends ControllerServiceImplementation {
  /** Goes on with the runs that earlier processes left, one after the other; never rejects. */
  resumeInterrupted(onRefused: ResumeInterruptedOptions['onRefused']): Promise<void>;
  /** Asks every run to stop after its current step, and waits until all is saved. */
  stop(): Promise<void>;
}

/** @throws Fault `invalid` unless a run's name has 1 to 256 characters. */
function checkRunId(method: string, runId: string): void {
  const violations = collectViolations(method);
  requireRunId(runId, violations);
  violations.throwIfAny();
}

/** Runs plans, one at a time: the only service that calls others. */
export function createControllerService(options: ControllerOptions): ControllerService {
  const registry = createRunRegistry(options);
  const stopping = new AbortController();

  async function findPath(method: string, runId: string): Promise<string> {
    checkRunId(method, runId);
    return toPath((await registry.find(runId)).runUri);
  }

  return {
    submitRun: createSubmitRun(registry, options),

    resumeRun: (request) => resumeRun(registry, options.roots, request),

    async *watchRun(request, { signal }) {
      checkRunId('WatchRun', request.runId);
      yield* watchRun(registry, request, signal);
    },

    async listSteps(request) {
      return listSteps(request, await findPath('ListSteps', request.runId));
    },

    async getVerdict({ runId }) {
      return getVerdict(await findPath('GetVerdict', runId));
    },

    async *getReport({ runId }) {
      const path = await findArtifact(await findPath('GetReport', runId), 'report.html');
      for await (const { bytes } of streamFile(path)) yield { chunk: bytes };
    },

    async listArtifacts({ runId }) {
      return listArtifacts(await findPath('ListArtifacts', runId));
    },

    async *getArtifact({ runId, path, offsetBytes }) {
      const real = await findArtifact(await findPath('GetArtifact', runId), path);
      for await (const { size, bytes } of streamFile(real, Number(offsetBytes))) {
        yield { sizeBytes: BigInt(size), chunk: bytes };
      }
    },

    async getRun({ runId }) {
      checkRunId('GetRun', runId);
      return { run: await registry.find(runId) };
    },

    listRuns(request) {
      const live = registry.list().map(({ run }) => run);
      return listRuns(request, options.runsPath, live);
    },

    async cancelRun({ runId }) {
      checkRunId('CancelRun', runId);
      await registry.stop(runId, 'cancelled');
      return {};
    },

    resumeInterrupted: (onRefused) =>
      resumeInterrupted(registry, { ...options, onRefused, signal: stopping.signal }),

    stop() {
      stopping.abort();
      return registry.drain();
    },
  };
}
