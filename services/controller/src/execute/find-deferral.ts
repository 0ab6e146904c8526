import { describeError, Fault, isFault } from '@holdfast/fault';

/** How far a run came that failed. */
export interface FailedAt {
  /** Whether its services were reached this time. */
  readonly hasBegun: boolean;
  /** Whether they were ever: by this controller, or by an earlier attempt at the run. */
  readonly isKnown: boolean;
}

/**
 * The failure, where time mends it and the run is to wait for another turn: other runs fill a service; or a service
 * that was reached before does not answer when the run is to begin. One that nobody ever reached is misnamed, more
 * likely. A service that leaves later is no reason: `recover` waits for it.
 */
export function findDeferral(error: unknown, { hasBegun, isKnown }: FailedAt): Fault | undefined {
  if (!isFault(error) || error.retryAfterMs === undefined) return undefined;
  const isMended = error.kind === 'exhausted' || (isKnown && !hasBegun);
  return isMended ? error : undefined;
}

/** What stops a run that was asked to stop when it was about to wait. */
export function giveUpWaiting(deferral: Fault): Fault {
  const message = `stopped, with what was saved before, while it waited: ${describeError(deferral)}`;
  return new Fault('cancelled', message, { cause: deferral });
}
