import type { ClipDirectory, ParameterLayout } from '@holdfast/clip';
import type { SerialQueue } from '@holdfast/engine';
import { Fault, runsEndMs } from '@holdfast/fault';
import type { MutableNormalizerState } from '@holdfast/objectives';
import type {
  EstimateObjectiveResponse,
  OpenRunResponse,
  StepResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { OpenRunSettings } from './parse-open-run.js';

/** What this service holds of an open run; the arrays are in the engine. */
export interface OptimizerRun {
  readonly settings: OpenRunSettings;
  readonly directory: ClipDirectory;
  /** Of the parameters that train. */
  readonly layout: ParameterLayout;
  readonly opened: OpenRunResponse;
  /** Calls that read or change the state take their turns. */
  readonly enqueue: SerialQueue;
  normalizers: MutableNormalizerState;
  /** Steps taken; the next step has this number. */
  stepsTaken: number;
  /** The last step whose objective was folded in; -1 before the first. */
  estimatedStep: number;
  /** Answer to the last EstimateObjective; absent before the first and after Restore. */
  lastEstimate?: EstimateObjectiveResponse | undefined;
  /** Answer to the last Step; absent before the first. */
  lastStep?: StepResponse | undefined;
}

/** A run that is open, or being opened. */
export interface RunEntry {
  readonly fingerprint: string;
  readonly opening: Promise<OptimizerRun>;
}

/** The runs of a service. */
export interface RunStore {
  find(runId: string): RunEntry | undefined;
  /**
   * Opens a run; one that cannot be opened is not there afterwards.
   * @throws Fault `exhausted` if the service holds as many runs as it may.
   */
  add(runId: string, fingerprint: string, open: () => Promise<OptimizerRun>): Promise<OptimizerRun>;
  remove(runId: string): void;
  /** @throws Fault `not-found` if there is no such run. */
  get(runId: string): Promise<OptimizerRun>;
}

/** Makes a store of at most `runsMax` runs. */
export function createRunStore(runsMax: number): RunStore {
  const runs = new Map<string, RunEntry>();
  return {
    find: (runId) => runs.get(runId),
    async add(runId, fingerprint, open) {
      if (runs.size >= runsMax) {
        throw new Fault('exhausted', `${runsMax} runs are open already; close one first`, {
          retryAfterMs: runsEndMs,
        });
      }
      const opening = open();
      runs.set(runId, { fingerprint, opening });
      try {
        return await opening;
      } catch (error) {
        runs.delete(runId);
        throw error;
      }
    },
    remove: (runId) => runs.delete(runId),
    async get(runId) {
      const entry = runs.get(runId);
      if (entry === undefined) throw new Fault('not-found', `run '${runId}' is not open`);
      return entry.opening;
    },
  };
}
