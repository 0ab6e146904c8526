export {
  type ConstraintServiceOptions,
  createConstraintService,
} from './create-constraint-service.js';
