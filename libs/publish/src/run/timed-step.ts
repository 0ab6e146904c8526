import type { StepResult } from '@holdfast/run-store';

/** A step, and about when it was. `metrics.jsonl` has no clock, so that the same run writes the same bytes. */
export interface TimedStep extends StepResult {
  /** Milliseconds since 1970. */
  readonly at: number;
}
