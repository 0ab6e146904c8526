export {
  createOptimizerService,
  type OptimizerServiceOptions,
} from './create-optimizer-service.js';
