import { describeError, type FaultKind, type FieldViolation, isFault } from '@holdfast/fault';
import type { ExecuteRunOptions, StopCause } from './execute-run-options.js';

/** How a run stopped before it had an outcome. */
export interface RunStop {
  /** When, ISO 8601. */
  readonly at: string;
  readonly state: StopCause | 'failed';
  readonly kind: FaultKind;
  /** For a person, the first violations included. */
  readonly message: string;
  /** Fields to blame, at most 100. */
  readonly violations: readonly FieldViolation[];
}

/** How a run stands that was cancelled where that could not be written down: as one that was interrupted, and goes on. */
export function leaveUncancelled(stop: RunStop, unwritten: unknown): RunStop {
  const message = `it was cancelled, and that could not be written down: ${describeError(unwritten)}; cancel it again`;
  return { ...stop, state: 'interrupted', message };
}

const violationsMax = 100;

/**
 * What stopped a run. One that was asked to stop is cancelled or interrupted, and one for which there was no room, which goes on
 * when there is some, is interrupted; a call that was cancelled is a failure.
 */
export function describeStop(
  error: unknown,
  { signal, stopCause }: Pick<ExecuteRunOptions, 'signal' | 'stopCause'>,
): RunStop {
  const kind = isFault(error) ? error.kind : 'internal';
  const isAsked = signal.aborted && kind === 'cancelled';
  const violations = isFault(error) ? error.violations.slice(0, violationsMax) : [];
  return {
    at: new Date().toISOString(),
    state: isAsked ? stopCause() : kind === 'disk-full' ? 'interrupted' : 'failed',
    kind,
    message: describeError(error),
    violations,
  };
}
