import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { defineService, runServer } from '@holdfast/service-kit';
import { createEvaluatorService } from './create-evaluator-service.js';

await runServer({
  name: 'evaluator',
  settings: {},
  environment: process.env,
  argv: process.argv.slice(2),
  start: async () => ({
    services: [defineService(EvaluatorServiceDefinition, createEvaluatorService())],
  }),
});
