import type { RequestQueue } from './batch-queue.js';
import type { ServedModel } from './served-model.js';

/** A version that is asked, until when, and by which queue. */
export interface AskedVersion {
  readonly served: ServedModel;
  /** Aborts when the caller leaves, or a shadow is dropped. */
  readonly signal: AbortSignal;
  /** Of callers, or of a shadow. */
  readonly queue: RequestQueue;
}
