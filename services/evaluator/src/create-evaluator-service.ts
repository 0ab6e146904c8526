import type { EvaluatorServiceImplementation } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { compare } from './compare.js';
import { gate } from './gate.js';

/** Makes the evaluation service: stateless, the same request gets the same answer. */
export function createEvaluatorService(): EvaluatorServiceImplementation {
  return { compare, gate };
}
