export { canHoldCeilings } from './can-hold-ceilings.js';
export type { ConstrainedTask } from './constrained-task.js';
export type { ConstraintSettings, MultiplierSettings } from './constraint-settings.js';
export { type ConstraintState, createConstraintState } from './constraint-state.js';
export { type Drive, type DriveName, driveNames, drives } from './drives.js';
export {
  type ConstraintEstimate,
  type ConstraintStep,
  estimateConstraints,
  type TaskEstimate,
} from './estimate-constraints.js';
export type { ExampleScores } from './example-scores.js';
export { type MeasuredChange, moveMultipliers } from './multipliers.js';
export { type Penalty, type PenaltyName, penalties, penaltyNames } from './penalties.js';
export type { ReferenceRecord } from './reference-record.js';
export {
  computeReferences,
  createReferences,
  findReferences,
  fitReferences,
  type References,
  recordReferences,
} from './references.js';
export type { ConstraintBatch, TaskBatch } from './task-batch.js';
