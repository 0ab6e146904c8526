import type { ServiceClients } from '../clients.js';
import type { RunObserver } from '../run/run-observer.js';

/** How many runs a controller takes. */
export interface QueueLimits {
  /** Runs that it works on at once. */
  readonly concurrentRuns: number;
  /** Runs that wait, beside those that it works on. */
  readonly queuedRuns: number;
  /** Runs of one caller that wait or go on; undefined: no limit. */
  readonly runsPerCaller?: number | undefined;
}

/** The limits of a controller that nobody gave any. */
export const defaultLimits = { concurrentRuns: 1, queuedRuns: 100 } as const;

/** What a controller is made of. */
export interface ControllerOptions extends ServiceClients {
  /** Where runs without a folder of their own go. */
  readonly runsPath: string;
  /** Folders that plans, data, models and runs may stand in. */
  readonly roots: readonly string[];
  readonly limits: QueueLimits;
  /**
   * Whether a controller that starts takes up what one left that ended: then a run that is interrupted waits, for its watchers, and
   * has not ended. Default false.
   */
  readonly resumesInterrupted?: boolean | undefined;
  /** Between two checkpoints of a run at most, and a step; those that its plan asks for come besides. Default 600. */
  readonly checkpointEverySeconds?: number | undefined;
  readonly version: string;
  /** How a person calls holdfast, for the commands in a report. */
  readonly command: string;
  /** Is told what happens to its runs. */
  readonly observer?: RunObserver;
}
