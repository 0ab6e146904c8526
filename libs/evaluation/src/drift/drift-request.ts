import { type GateRequest, Policy } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { DriftData } from './read-drift.js';

/** What both models answer on the images that are watched, in their order. */
export interface DriftAnswers {
  readonly reference: Uint32Array;
  readonly candidate: Uint32Array;
}

/**
 * Asks the evaluator how often two models answer differently. The old answer stands for the label: an
 * image that is answered otherwise is a negative flip, none can be won, and the lower bound of the
 * "change of accuracy" is minus the upper bound of the share D of changed answers,
 *
 *   P(D > bound) <= level,   Clopper and Pearson's for images that stand alone, Gaffke's by groups.
 */
export function describeDriftRequest(
  { texts, samples, tolerance = 1 }: DriftData,
  { reference, candidate }: DriftAnswers,
  level: number,
): GateRequest {
  const task = {
    task: 'drift',
    target: false,
    classes: [...texts],
    labels: [...reference],
    referencePredictions: [...reference],
    candidatePredictions: [...candidate],
    groups: samples.map(({ group }) => group),
    tolerance,
    referenceLoss: undefined,
    candidateLoss: undefined,
    missing: undefined,
  };
  return { tasks: [task], level, policy: Policy.POLICY_EVIDENCE, claims: [] };
}
