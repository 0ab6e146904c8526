import type {
  ConstraintSettings,
  ConstraintState,
  ProtectedTask,
  References,
} from '@holdfast/constraints';
import { Fault, runsEndMs } from '@holdfast/fault';

/** What the service holds of one run. Handlers are synchronous between reading and writing it. */
export interface ConstraintRun {
  readonly tasks: readonly ProtectedTask[];
  readonly settings: ConstraintSettings;
  /** Identifies tasks and settings: sha256 in hexadecimal. */
  readonly fingerprint: string;
  references: References;
  /** After the last step. */
  state: ConstraintState;
  /** Before the last step: what a repetition of it starts from. */
  previous: ConstraintState;
  /** The last step folded in; -1 before the first. */
  lastStep: number;
  /** The last step whose measurement moved the multipliers; -1 before the first. */
  measuredStep: number;
}

/** The runs of this service. */
export interface RunStore {
  /** @throws Fault 'not-found' if no such run is open. */
  get(runId: string): ConstraintRun;
  /** The run, or undefined if it is not open. */
  find(runId: string): ConstraintRun | undefined;
  /** @throws Fault 'exhausted' if as many runs are open as the service allows. */
  add(runId: string, run: ConstraintRun): void;
  remove(runId: string): void;
}

/** Makes a store of at most `runsMax` open runs. */
export function createRunStore(runsMax: number): RunStore {
  const runs = new Map<string, ConstraintRun>();
  return {
    get(runId) {
      const run = runs.get(runId);
      if (run === undefined) throw new Fault('not-found', `run '${runId}' is not open here`);
      return run;
    },
    find: (runId) => runs.get(runId),
    add(runId, run) {
      if (runs.size >= runsMax) {
        throw new Fault(
          'exhausted',
          `${runs.size} runs are open, the most allowed; close one first`,
          { retryAfterMs: runsEndMs },
        );
      }
      runs.set(runId, run);
    },
    remove: (runId) => void runs.delete(runId),
  };
}
