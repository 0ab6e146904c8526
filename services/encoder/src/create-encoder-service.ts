import type { Engine } from '@holdfast/engine';
import {
  type EncoderServiceImplementation,
  ExecutionProvider,
  type GetInfoResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { createRunStore, listEnumNames } from '@holdfast/run-kit';
import { createBackpropagate } from './backpropagate.js';
import { createEncode } from './encode.js';
import type { RunStore } from './encoder-run.js';
import { createEngineTurns, type EngineLevel, type EngineTurns } from './engine-turns.js';
import { createImagePool, type ImagePool } from './images/create-image-pool.js';
import { createLoadModel } from './load-model.js';
import { createOpenSamples } from './open-samples.js';
import { createPrefetch } from './prefetch.js';
import { createPrepareTraining } from './prepare-training.js';
import { createUnloadModel } from './unload-model.js';

/** What an encoder service is made with. */
export interface EncoderServiceOptions {
  /** Shared with an optimizer service of the same process, if there is one. */
  readonly engine: Engine;
  /** The turns of the engine, where others answer with it, too; default: of its own. */
  readonly turns?: EngineTurns;
  /** Folders that models, sample tables, images and caches must lie in. */
  readonly roots: readonly string[];
  /** Models that may be loaded at once. Default 16. */
  readonly runsMax?: number;
  /** Decodes and augments images; default: in this thread. Whoever made it closes it. */
  readonly imagePool?: ImagePool;
  /** Told for every Encode of images how long it waited for their pixels. */
  readonly onImageWait?: (seconds: number) => void;
}

const providers = listEnumNames(ExecutionProvider, 'EXECUTION_PROVIDER');

/** Makes the feature extraction service over an engine. */
export function createEncoderService(options: EncoderServiceOptions): EncoderServiceImplementation {
  const { engine, roots, runsMax = 16, imagePool = createImagePool(0), onImageWait } = options;
  const { turns = createEngineTurns(engine) } = options;
  const store: RunStore = createRunStore('the encoder', runsMax);
  const training = turns.engineOf('training');
  const createEncodeAt = (level: EngineLevel) =>
    createEncode(store, (signal) => turns.engineOf(level, signal), onImageWait);
  const encodeToTrain = createEncodeAt('training');
  const encodeToEvaluate = createEncodeAt('evaluation');
  const { executionProvider, providerReason, threads, runtimeVersion } = engine.description;
  const getInfo = async (): Promise<GetInfoResponse> => ({
    engineId: engine.id,
    executionProvider: providers.get(executionProvider)!,
    providerReason,
    threads,
    runtimeVersion,
  });
  return {
    getInfo,
    loadModel: createLoadModel(store, { engine, roots }),
    openSamples: createOpenSamples(store, { roots, imagePool }),
    prepareTraining: createPrepareTraining(store, training),
    unloadModel: createUnloadModel(store, engine),
    prefetch: createPrefetch(store),
    encode: (request, context) =>
      request.retain ? encodeToTrain(request, context) : encodeToEvaluate(request, context),
    backpropagate: createBackpropagate(store, training),
  };
}
