export type {
  ContrastiveBatch,
  ObjectiveEstimate,
  ObjectiveSettings,
} from './contrastive-batch.js';
export { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
export { jointObjective } from './joint-objective.js';
export {
  applyNormalizers,
  createNormalizerState,
  listNormalizers,
  type MutableNormalizerState,
  type NormalizerState,
  type NormalizerTable,
} from './normalizers.js';
