export type {
  ContrastiveBatch,
  ObjectiveEstimate,
  ObjectiveSettings,
} from './contrastive-batch.js';
export type { TargetBatch } from './contrastive-objective.js';
export {
  type DistillationBatch,
  type DistillationEstimate,
  type DistillationSettings,
  distillation,
  type EmbeddedExamples,
} from './distillation.js';
export {
  applyNormalizers,
  createNormalizerState,
  listNormalizers,
  type MutableNormalizerState,
  type NormalizerState,
  type NormalizerTable,
} from './normalizers.js';
export { type Objective, type ObjectiveName, objectiveNames, objectives } from './objectives.js';
export { twoWayDistillation } from './two-way-distillation.js';
