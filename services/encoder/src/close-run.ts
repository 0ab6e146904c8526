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
    const entry = store.find(runId);
    if (entry === undefined) return {};
    const run = await entry.opening.catch(() => undefined);
    // Two calls may have waited for the same opening; only the first one closes.
    if (run === undefined || store.find(runId) !== entry) return {};
    store.remove(runId);
    await unloadRun(engine, runId, run);
    return {};
  };
}
