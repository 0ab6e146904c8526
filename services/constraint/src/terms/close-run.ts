import type { CloseRunRequest, CloseRunResponse } from '@holdfast/proto/holdfast/term/v1/term';
import type { TermStore } from './term-store.js';

/** Ends the threads of a run's terms; an unknown run changes nothing. */
export function createCloseRun(store: TermStore) {
  return async (request: CloseRunRequest): Promise<CloseRunResponse> => {
    await store.closeRun(request.runId);
    return {};
  };
}
