import { isFault } from '@holdfast/fault';
import type {
  ControllerServiceClient,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';

/** Whose events, how long, and whom to tell of a lost connection. */
export interface WatchOptions {
  readonly runId: string;
  readonly signal?: AbortSignal;
  /** The connection was lost: the next event comes when the controller is back. */
  onLost(): void;
}

/** Calls that may find no controller, each after its wait for one, before a watcher gives up. */
const callsMax = 3;

/**
 * What happens in a run until it ends. Where the connection is lost, or the controller sends a watcher away, it goes on
 * after the last event that came.
 *
 * @throws Fault `unavailable` if the controller does not come back while a call waits for it.
 */
export async function* watchEvents(
  controller: Pick<ControllerServiceClient, 'watchRun'>,
  { runId, signal, onLost }: WatchOptions,
): AsyncGenerator<WatchRunResponse> {
  let afterSequence = 0n;
  let callsFailed = 0;
  for (;;) {
    try {
      const request = { runId, afterSequence };
      for await (const response of controller.watchRun(request, signal && { signal })) {
        afterSequence = response.sequence;
        callsFailed = 0;
        yield response;
      }
      return;
    } catch (error) {
      const isLost = isFault(error) && error.kind === 'unavailable';
      callsFailed += 1;
      if (!isLost || afterSequence === 0n || callsFailed === callsMax) throw error;
      if (callsFailed === 1) onLost();
    }
  }
}
