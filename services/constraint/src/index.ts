export {
  type ConstraintServiceOptions,
  createConstraintService,
} from './create-constraint-service.js';
export { type ConstraintSettings, constraintProgram } from './program.js';
export {
  createTermService,
  type HostedTermService,
  type TermServiceOptions,
} from './terms/create-term-service.js';
