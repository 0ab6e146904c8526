import type { Engine } from '@holdfast/engine';
import type {
  CloseRunRequest,
  CloseRunResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { RunStore } from './encoder-run.js';
import { unloadRun } from './load-run.js';

/** Frees a run; an unknown one changes nothing. */
export function createCloseRun(store: RunStore, engine: Engine) {
  return async ({ runId }: CloseRunRequest): Promise<CloseRunResponse> => {
    await store.close(runId, (run) => unloadRun(engine, runId, run));
    return {};
  };
}
