import { setTimeout as delay } from 'node:timers/promises';
import { describeError, Fault, type FaultKind, isFault } from '@holdfast/fault';

/** Failures that leave nothing wrong but what the services hold of a run. */
const lostKinds: ReadonlySet<FaultKind> = new Set([
  'unavailable',
  'not-open',
  'not-retained',
  'out-of-step',
]);

/** How often a run is opened again without a new checkpoint. */
const recoveriesMax = 5;

/** How a run is recovered. */
export interface RecoverOptions {
  /** Steps taken at the run's newest checkpoint, 0 without one: what grows is progress. */
  readonly countSaved: () => Promise<number>;
  readonly onLost: (fault: Fault) => void;
  /** Nothing is opened again once the run is asked to stop. */
  readonly signal: AbortSignal;
}

/**
 * Does work that opens a run in its services, and does it again where they lost the run meanwhile: it goes on from its
 * newest checkpoint, as one that is resumed does.
 *
 * @param work Told what went wrong before, if anything did. Nothing of it may be under way once it has failed.
 * @throws Any other failure; one of these after five times in a row without a new checkpoint; Fault `cancelled` where
 *   the run was asked to stop meanwhile.
 */
export async function recover<Result>(
  work: (lost: Fault | undefined) => Promise<Result>,
  { countSaved, onLost, signal }: RecoverOptions,
): Promise<Result> {
  let lost: Fault | undefined;
  let saved = await countSaved();
  let vain = 0;
  for (;;) {
    try {
      return await work(lost);
    } catch (error) {
      if (!isFault(error) || !lostKinds.has(error.kind)) throw error;
      const savedNow = await countSaved();
      vain = savedNow > saved ? 0 : vain;
      saved = savedNow;
      if (vain === recoveriesMax) throw giveUp(error);
      vain += 1;
      lost = error;
    }
    if (!signal.aborted) {
      onLost(lost);
      await delay(lost.retryAfterMs ?? 0, undefined, { signal }).catch(() => {});
    }
    if (signal.aborted) throw describeAbort(lost);
  }
}

function giveUp(error: Fault): Fault {
  const { kind, violations, retryAfterMs } = error;
  return new Fault(
    kind,
    `${error.message}. The run was opened again ${recoveriesMax} times without coming to a new checkpoint; resume it once its services are well`,
    { violations, retryAfterMs, cause: error },
  );
}

function describeAbort(lost: Fault): Fault {
  return new Fault(
    'cancelled',
    `stopped, with what the last checkpoint has, while a service was missing: ${describeError(lost)}`,
    { cause: lost },
  );
}
