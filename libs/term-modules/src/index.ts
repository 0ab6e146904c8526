export {
  type BackEnd,
  type BackEndName,
  type BackEndTrial,
  backEndNames,
  describeBackEnd,
} from './back-ends/back-end.js';
export { type FoundBackEnd, findBackEnd, tryBackEnd } from './back-ends/find-back-end.js';
export { type DryRun, dryRun } from './dry-run.js';
export { limits } from './limits.js';
export { type OpenTerm, openTerm } from './open-term.js';
export type { Evaluation, TermBatch, TermDescription, TermKind, TermSizes } from './term.js';
export type {
  ConstraintBatch,
  ConstraintModule,
  ObjectiveBatch,
  ObjectiveModule,
  TermOptions,
  Tf,
} from './term-module.js';
export { endWithParent } from './thread/end-with-parent.js';
