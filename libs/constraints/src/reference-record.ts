import { crossEntropy } from './cross-entropy.js';
import type { ExampleScores } from './example-scores.js';
import { computeMargin, isRight, smoothError } from './margin.js';

/** What the reference model gives on one example. */
export interface ReferenceRecord {
  /** ell(w_old) at the task's temperature, in nats. */
  readonly loss: number;
  /** sigma(-mu(w_old) / 0.05), in probability. */
  readonly smoothedError: number;
  /** Whether the reference classifies the example right. */
  readonly isRight: boolean;
}

/** The record of an example from its cosines. */
export function createReferenceRecord(scores: ExampleScores, temperature: number): ReferenceRecord {
  return {
    loss: crossEntropy(scores, temperature),
    smoothedError: smoothError(computeMargin(scores)),
    isRight: isRight(scores),
  };
}
