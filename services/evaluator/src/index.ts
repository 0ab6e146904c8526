export { createEvaluatorService } from './create-evaluator-service.js';
export { evaluatorProgram } from './program.js';
