export type {
  AdapterSettings,
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
export { createLocalEngine, type EngineOptions, readRuntimeVersion } from './engine-core.js';
export {
  type ClassifierPrompts,
  exportOnnx,
  type OnnxExportSettings,
  type OnnxFile,
} from './export/export-onnx.js';
export type { WeightType } from './export/write-onnx-file.js';
export { type MeasureOptions, measureProducts } from './measure/measure-products.js';
export { measureTraining, type TrainingRate } from './measure/measure-training.js';
export { type ArrayName, arrayNames, isArrayName } from './memory/array-name.js';
export type { AdamwStep } from './memory/array-operations.js';
export { serializeGraph } from './onnx/serialize-graph.js';
export type { Accelerator, ProviderTrial, TryProvider } from './provider/choose-provider.js';
export {
  type ChosenProvider,
  type ExecutionProvider,
  executionProviders,
  type ProviderRequest,
  providerRequests,
} from './provider/execution-provider.js';
export { createTryProvider } from './provider/try-provider.js';
export { createSerialQueue, type SerialQueue } from './run/serial-queue.js';
export type { FeatureBatch, ImageBatch, TextBatch } from './runtime/batch.js';
export type { Passing } from './runtime/passing.js';
export { type NamedArray, resolveReference, toReference } from './transfer/array-reference.js';
export { createReadTensor, createWriteTensor } from './transfer/transfer-tensor.js';
export {
  type CreateEngineOptions,
  countDefaultThreads,
  createEngine,
} from './worker/create-engine.js';
