export { readRuntimeVersion } from '../engine-core.js';
export type { ProviderTrial, TryProvider } from '../provider/choose-provider.js';
export { createTryProvider } from '../provider/try-provider.js';
export type { Accelerator } from '../runtime/execution-provider.js';
export { countDefaultThreads } from '../worker/create-engine.js';
export { defaultActivationBudget } from '../worker/default-activation-budget.js';
export { type MeasureOptions, measureProducts } from './measure-products.js';
export { measureTraining, type TrainingRate } from './measure-training.js';
