export { createEvaluatorService } from './create-evaluator-service.js';
