import type { Engine } from '@holdfast/engine';
import type {
  CloseRunRequest,
  CloseRunResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { RunStore } from './optimizer-run.js';

/** Frees a run; an unknown one changes nothing. */
export function createCloseRun(store: RunStore, engine: Engine) {
  return async ({ runId, leaseTerm }: CloseRunRequest): Promise<CloseRunResponse> => {
    store.fence(runId, leaseTerm);
    await store.close(runId, (run) => run.enqueue(() => engine.closeRun({ runId })));
    return {};
  };
}
