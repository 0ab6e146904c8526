export {
  createOptimizerService,
  type OptimizerServiceOptions,
} from './create-optimizer-service.js';
export { type OptimizerSettings, optimizerProgram } from './program.js';
