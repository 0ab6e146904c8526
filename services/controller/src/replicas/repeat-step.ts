import { setTimeout } from 'node:timers/promises';
import { type Fault, type FaultKind, isFault } from '@holdfast/fault';

/** How often a part of a step is tried. */
const attemptsMax = 3;

/** What is repeated, and who is told. */
export interface RepeatOptions {
  /** Failures after which the same calls can end well. */
  readonly kinds: readonly FaultKind[];
  readonly onRepeat: (fault: Fault) => void;
  /** Nothing is repeated once the run is asked to stop. */
  readonly signal: AbortSignal;
}

/** The part of {@link RepeatOptions} that is the same for a whole run. */
export type RepeatPolicy = Omit<RepeatOptions, 'kinds'>;

/**
 * Repeats a part of a step that failed, up to twice, after the delay that the failure asks for.
 *
 * Every call of a step answers the same when it is repeated, so the bits are those of a step without failure. Clients
 * repeat single calls; here is repeated what needs the calls before it, too.
 *
 * @throws What the last attempt threw, or the first failure of another kind.
 */
export async function repeatStep<Result>(
  take: () => Promise<Result>,
  { kinds, onRepeat, signal }: RepeatOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await take();
    } catch (error) {
      if (attempt === attemptsMax || signal.aborted) throw error;
      if (!isFault(error) || !kinds.includes(error.kind)) throw error;
      onRepeat(error);
      await setTimeout(error.retryAfterMs ?? 0);
    }
  }
}
