import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@holdfast/fault';
import type {
  ControllerServiceClient,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { drawBackoff } from '@holdfast/service-kit';

/** Whose events, how long, and whom to tell of a wait. */
export interface WatchOptions {
  readonly runId: string;
  readonly signal?: AbortSignal;
  /** No event comes for now: what is waited for, as a sentence. */
  onWait(reason: string): void;
  /** A clock that never goes back, ms. */
  readonly now?: () => number;
}

/** How long a controller may be away, since a first call has waited for it in vain, before a watcher gives up. */
const patienceMs = 120_000;

const waits = {
  unavailable: 'The controller is gone; waiting until it is back.',
  exhausted: 'The controller has no place for another watcher; waiting for one.',
};

/**
 * What happens in a run until it ends. Where the connection is lost, or the controller sends a watcher away, it goes on
 * after the last event that came; where all places are taken, once there is one, however long that takes.
 *
 * @throws Fault `unavailable` if the controller does not come back in minutes.
 */
export async function* watchEvents(
  controller: Pick<ControllerServiceClient, 'watchRun'>,
  { runId, signal, onWait, now = () => performance.now() }: WatchOptions,
): AsyncGenerator<WatchRunResponse> {
  let afterSequence = 0n;
  let failures = 0;
  let told: string | undefined;
  let awaySinceMs: number | undefined;
  for (;;) {
    try {
      const request = { runId, afterSequence };
      for await (const response of controller.watchRun(request, signal && { signal })) {
        afterSequence = response.sequence;
        failures = 0;
        told = undefined;
        awaySinceMs = undefined;
        yield response;
      }
      return;
    } catch (error) {
      if (!isFault(error) || error.retryAfterMs === undefined) throw error;
      const isAway = error.kind === 'unavailable';
      awaySinceMs = isAway ? (awaySinceMs ?? now()) : undefined;
      if (awaySinceMs !== undefined && now() - awaySinceMs >= patienceMs) throw error;
      const reason = isAway ? waits.unavailable : waits.exhausted;
      if (reason !== told) onWait(reason);
      told = reason;
      failures += 1;
      await delay(error.retryAfterMs + drawBackoff(failures), undefined, { signal });
    }
  }
}
