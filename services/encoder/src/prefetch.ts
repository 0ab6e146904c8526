import type {
  PrefetchRequest,
  PrefetchResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { findImages, type RunStore } from './encoder-run.js';
import { parsePrefetch } from './parse-encode.js';

/** Has the images of a later Encode made while the engine is busy with an earlier one. */
export function createPrefetch(store: RunStore) {
  return async (request: PrefetchRequest): Promise<PrefetchResponse> => {
    const run = await store.get(request.runId);
    const batches = parsePrefetch(request, run);
    const announced = batches.filter((batch) => findImages(run).announce(request.step, batch));
    return { accepted: announced.length };
  };
}
