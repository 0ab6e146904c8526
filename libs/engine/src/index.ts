// What trains. What a model's files as ONNX need is in `./export`, what tells of this machine in `./measure`.

export type {
  AdapterSettings,
  BackpropagatedBatch,
  BackpropagateRequest,
  EncodedBatch,
  EncodeRequest,
  Engine,
  EngineDescription,
  ExtractedFeatures,
  ExtractFeaturesRequest,
  HeadSettings,
  OpenedModel,
  OpenModelRequest,
  PreparedEncoding,
  PrepareEncodingRequest,
  WrittenArray,
} from './engine.js';
export { createLocalEngine, type EngineOptions } from './engine-core.js';
export {
  type ArrayName,
  arrayNames,
  type GradientArray,
  gradientArrays,
  isArrayName,
  isGradientArray,
} from './memory/array-name.js';
export type { AdamwStep } from './memory/array-operations.js';
export type { ArraySum } from './memory/array-sum.js';
export type { GradientProducts } from './memory/kept-gradients.js';
export { createSerialQueue, type SerialQueue } from './run/serial-queue.js';
export type { FeatureBatch, ImageBatch, TextBatch } from './runtime/batch.js';
export {
  type ChosenProvider,
  type ExecutionProvider,
  executionProviders,
  type ProviderRequest,
  providerRequests,
} from './runtime/execution-provider.js';
export type { Passing } from './runtime/passing.js';
export type { SharedEngine } from './shared-engine.js';
export type { ArrayLayout } from './transfer/array-layout.js';
export {
  type NamedArray,
  parseArrayVersion,
  parseGradientArray,
  resolveReference,
  toReference,
} from './transfer/array-reference.js';
export { carriedTensorService } from './transfer/carry-pieces.js';
export { createTensorService } from './transfer/create-tensor-service.js';
export type { TensorPeers } from './transfer/tensor-peers.js';
export { type CreateEngineOptions, createEngine } from './worker/create-engine.js';
