import { crossEntropy } from './cross-entropy.js';
import type { ExampleScores } from './example-scores.js';
import { computeMargin, isRight, smoothError } from './margin.js';

/** What the reference model, or the candidate, gives on one example. */
export interface ReferenceRecord {
  /** ell at the task's temperature, in nats. */
  readonly loss: number;
  /** sigma(-mu / 0.05), in probability. */
  readonly smoothedError: number;
  /** Whether the model classifies the example right. */
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
