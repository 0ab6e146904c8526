export type {
  Activation,
  ClipConfig,
  TextConfig,
  TowerConfig,
  VisionConfig,
} from './clip-config.js';
export type { ClipDirectory, StoredHeads } from './clip-directory.js';
export { hashWeights } from './hash-weights.js';
export { initializeAdapters } from './initialize-adapters.js';
export { initializeHeads } from './initialize-heads.js';
export { type HalfParameter, listHalfPrecision } from './list-half-precision.js';
export { openClipDirectory } from './open-clip-directory.js';
export {
  createParameterLayout,
  type HeadShape,
  layOutParameters,
  type ParameterEntry,
  type ParameterLayout,
} from './parameter-layout.js';
export {
  adaptedLayers,
  nameAdapter,
  type ParameterPartition,
  partitionParameters,
  type TrainableScope,
  type TrainableSettings,
  trainableScopes,
} from './partition-parameters.js';
export { readClipParameters } from './read-clip-parameters.js';
export { checkHeadShape } from './stored-heads.js';
export type { TextCut, Tokenizer } from './tokenizer.js';
export {
  type ComposeClipSettings,
  composeClipDirectory,
  type WriteClipSettings,
  writeClipDirectory,
} from './write-clip-directory.js';
