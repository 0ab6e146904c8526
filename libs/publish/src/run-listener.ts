import type { RunEnd } from './run/run-end.js';
import type { RunFacts } from './run/run-facts.js';
import type { TimedStep } from './run/timed-step.js';

/**
 * Somebody who is told of a run: a tracking server, a file, a hook. It may fail at any time: it is then told again,
 * from `begin` on, so that whatever it is told twice must have the effect of once.
 */
export interface RunListener {
  /** For a person, without anything secret, and no other's: `MLflow at http://mlflow:5000, experiment signs`. */
  readonly name: string;
  /**
   * Before anything else.
   *
   * @param signal ends whatever it does from now on
   * @returns the steps that it has from an earlier time: it is told of those that follow.
   */
  begin(run: RunFacts, signal?: AbortSignal): Promise<number>;
  /** Steps in order, at most 1000 at once. */
  steps(steps: readonly TimedStep[]): Promise<void>;
  /** The run ended; after its last step. */
  end(end: RunEnd): Promise<void>;
}
