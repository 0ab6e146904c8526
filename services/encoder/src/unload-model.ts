import type { Engine } from '@holdfast/engine';
import type {
  UnloadModelRequest,
  UnloadModelResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { RunStore } from './encoder-run.js';

/** Frees all that a run holds; an unknown one changes nothing. */
export function createUnloadModel(store: RunStore, engine: Engine) {
  return async ({ runId, leaseTerm }: UnloadModelRequest): Promise<UnloadModelResponse> => {
    store.fence(runId, leaseTerm);
    await store.close(runId, async ({ samples, training }) => {
      await training.close();
      await samples.close();
      await engine.closeRun({ runId });
    });
    return {};
  };
}
