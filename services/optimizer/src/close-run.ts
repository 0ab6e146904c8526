import type { Engine } from '@holdfast/engine';
import type {
  CloseRunRequest,
  CloseRunResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { RunStore } from './optimizer-run.js';

/** Frees a run; an unknown one changes nothing. */
export function createCloseRun(store: RunStore, engine: Engine) {
  return async ({ runId }: CloseRunRequest): Promise<CloseRunResponse> => {
    const entry = store.find(runId);
    if (entry === undefined) return {};
    const run = await entry.opening.catch(() => undefined);
    // Two calls may have waited for the same opening; only the first one closes.
    if (run === undefined || store.find(runId) !== entry) return {};
    store.remove(runId);
    await run.enqueue(() => engine.closeRun({ runId }));
    return {};
  };
}
