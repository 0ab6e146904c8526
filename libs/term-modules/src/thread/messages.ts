import type { PackedFault } from '@holdfast/fault';
import type { BackEndName, BackEndTrial } from '../back-ends/back-end.js';
import type { Evaluation, TermBatch, TermDescription } from '../term.js';

/** What a term's thread is started with. */
export interface TermThreadData {
  readonly backEnd: BackEndName;
  readonly term: Omit<TermDescription, 'timeLimitMs'>;
}

/** What a term's thread is asked: to load its module, then for values. */
export type TermQuestion =
  | { readonly event: 'load' }
  | { readonly event: 'evaluate'; readonly batch: TermBatch };

/**
 * What a term's thread says: that its back end stands, then one answer a question. Of two messages on their way, one
 * could come while nobody listens.
 */
export type TermAnswer =
  | { readonly event: 'back-end' }
  | { readonly event: 'module' }
  | { readonly event: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly event: 'fault'; readonly fault: PackedFault };

/** What a thread that tries a back end is started with, and says. */
export interface TrialThreadData {
  readonly backEnd: BackEndName;
}
export type TrialAnswer = BackEndTrial;
