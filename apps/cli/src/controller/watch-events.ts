import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  RunState,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';

/** Whose events, how long, and whom to tell of a lost connection. */
export interface WatchOptions {
  readonly runId: string;
  readonly signal?: AbortSignal;
  /** The connection was lost: the next event comes when the controller is back. */
  onLost(): void;
}

/** A controller that starts takes up what was interrupted, but first it answers: so often a watcher asks again. */
const lookAgain = { times: 20, pauseMs: 500 };
/** Calls that may find no controller, each after its wait for one, before a watcher gives up. */
const callsMax = 3;

/**
 * What happens in a run until it ends. Where the connection is lost it goes on after the last event that came, and waits
 * ten seconds for a controller that was started again to take up the run.
 *
 * @throws Fault `unavailable` if the controller does not come back while a call waits for it.
 */
export async function* watchEvents(
  controller: Pick<ControllerServiceClient, 'watchRun'>,
  { runId, signal, onLost }: WatchOptions,
): AsyncGenerator<WatchRunResponse> {
  let afterSequence = 0n;
  let looksLeft = 0;
  let callsFailed = 0;
  for (;;) {
    try {
      const request = { runId, afterSequence };
      let isLeft = false;
      for await (const response of controller.watchRun(request, signal && { signal })) {
        isLeft = looksLeft > 0 && wasInterrupted(response);
        if (isLeft) break;
        afterSequence = response.sequence;
        callsFailed = 0;
        yield response;
      }
      if (!isLeft) return;
      looksLeft -= 1;
      await sleep(lookAgain.pauseMs, undefined, { signal });
    } catch (error) {
      const isLost = isFault(error) && error.kind === 'unavailable';
      callsFailed += 1;
      if (!isLost || afterSequence === 0n || callsFailed === callsMax) throw error;
      if (callsFailed === 1) onLost();
      looksLeft = lookAgain.times;
    }
  }
}

function wasInterrupted({ event }: WatchRunResponse): boolean {
  return event?.$case === 'ended' && event.value.run?.state === RunState.RUN_STATE_INTERRUPTED;
}
