import {
  type EvaluatorServiceClient,
  EvaluatorServiceDefinition,
  type PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { createInProcessClient } from '@holdfast/service-kit';
import { createEvaluatorService } from '../create-evaluator-service.js';

export const classes = ['stop', 'yield', 'speed limit 50'];

/** A client whose calls run the handlers in this process. */
export function createClient(): EvaluatorServiceClient {
  return createInProcessClient(EvaluatorServiceDefinition, createEvaluatorService());
}

/**
 * Predictions on ten photographs of each of `signs` signs of class 0, of which the reference gets
 * nine right; the candidate loses the first `lost` of every sign.
 */
export function createTask(
  task: string,
  options: { readonly signs: number; readonly lost?: number } & Partial<PairedPredictions>,
): PairedPredictions {
  const { signs, lost = 0, ...fields } = options;
  const rows = Array.from({ length: signs * 10 }, (_, i) => i);
  return {
    task,
    target: false,
    referenceLoss: 0,
    candidateLoss: 0,
    classes,
    labels: rows.map(() => 0),
    referencePredictions: rows.map((i) => (i % 10 === 9 ? 1 : 0)),
    candidatePredictions: rows.map((i) => (i % 10 === 9 ? 1 : i % 10 < lost ? 2 : 0)),
    groups: rows.map((i) => `${task} ${Math.floor(i / 10)}`),
    tolerance: 0.3,
    missing: undefined,
    ...fields,
  };
}
