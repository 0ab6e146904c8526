import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { defineService, type StartedService } from '@holdfast/service-kit';
import { createEvaluatorService } from './create-evaluator-service.js';

/** Starts an evaluator. */
async function start(): Promise<StartedService> {
  return { services: [defineService(EvaluatorServiceDefinition, createEvaluatorService())] };
}

/** The evaluator as a program. */
export const evaluatorProgram = { name: 'evaluator', settings: {}, start } as const;
