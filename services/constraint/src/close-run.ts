import type {
  CloseRunRequest,
  CloseRunResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { RunStore } from './constraint-run.js';

/** Frees a run; an unknown one changes nothing. */
export function createCloseRun(store: RunStore) {
  return async (request: CloseRunRequest): Promise<CloseRunResponse> => {
    store.fence(request.runId, request.leaseTerm);
    await store.close(request.runId, async () => {});
    return {};
  };
}
