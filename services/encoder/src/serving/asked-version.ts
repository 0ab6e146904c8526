import type { BatchQueue } from './batch-queue.js';
import type { ServedModel } from './served-model.js';

/** A version that is asked, until when, and how its request is taken on. */
export interface AskedVersion {
  readonly served: ServedModel;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** A caller's, or a shadow's. */
  readonly admit: BatchQueue['admit'];
}
