import { openClipDirectory } from '@holdfast/clip';
import type { Engine } from '@holdfast/engine';
import type { Fault } from '@holdfast/fault';
import type { ServingServiceImplementation } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { GRPCInferenceServiceImplementation } from '@holdfast/proto/inference/inference';
import {
  createLogger,
  createStreamFaults,
  Registry,
  type ServiceContext,
} from '@holdfast/service-kit';
import type { EngineTurns } from './engine-turns.js';
import { createImagePool, type ImagePool } from './images/create-image-pool.js';
import { createInferenceService } from './open-inference/create-inference-service.js';
import { type BatchLimits, createBatchQueue } from './serving/batch-queue.js';
import { createServingService } from './serving/create-serving-service.js';
import { createEmbed } from './serving/embed.js';
import type { LoadServed } from './serving/load-model.js';
import { createModelRegistry } from './serving/model-registry.js';
import { createModelRepository, type ListedModel } from './serving/model-repository.js';
import { loadServedModel, nameVersion, requireSame } from './serving/served-model.js';
import { type ServingMetrics, silentMetrics } from './serving/serving-metrics.js';
import { createAskShadow } from './serving/shadow.js';

/** What serving is made with. */
export interface ServingOptions {
  readonly engine: Engine;
  /** The turns of the engine, which training takes, too. */
  readonly turns: EngineTurns;
  /** Folders that models and images lie in. */
  readonly roots: readonly string[];
  /** Decodes images; default: in this thread. */
  readonly imagePool?: ImagePool;
  /** Models that can be loaded by name. */
  readonly models?: readonly ListedModel[];
  readonly metrics?: ServingMetrics;
  readonly limits?: BatchLimits;
  /** Told of requests that fail within a stream; default: nobody is. */
  readonly context?: ServiceContext;
}

/** Answering with models by their names, in Holdfast's protocol and in the Open Inference Protocol. */
export interface Serving {
  readonly serving: ServingServiceImplementation;
  readonly inference: GRPCInferenceServiceImplementation;
  /** Loads the models that it was made with. */
  loadAll(): Promise<void>;
  /** Why a call of a method would be refused whatever it says. */
  findRefusal(method: string): Fault | undefined;
}

/** Methods of both protocols whose requests need room. */
const needRoom = ['Embed', 'EmbedStream', 'Classify', 'ModelInfer', 'ModelStreamInfer'];

/**
 * Patches and tokens where nobody says. A batch is one or two chunks of most models: it holds training up for
 * no longer, and more would make it no faster. Sixteen of them may wait.
 */
export const servingLimits: BatchLimits = { batchTokensMax: 1024, queueTokensMax: 16_384 };

/** Makes serving over an engine that may train beside it. */
export function createServing({
  engine,
  turns,
  roots,
  imagePool = createImagePool(0),
  models = [],
  metrics = silentMetrics,
  limits = servingLimits,
  context: told = { registry: new Registry(), logger: createLogger('encoder', 'silent') },
}: ServingOptions): Serving {
  const registry = createModelRegistry(({ runId }) => engine.closeRun({ runId }));
  const queue = createBatchQueue(engine, turns, { ...limits, ...metrics });
  const context = { registry, queue, imagePool, roots };
  const askShadow = createAskShadow(context, metrics);
  const embed = createEmbed(context, askShadow);
  const { forgetAlias } = metrics;
  const load: LoadServed = async (settings) => {
    const { model, path, classes } = settings;
    // Without a version, the weights say what is asked for: the folder may hold others than it did.
    const opened = settings.version === '' ? await openClipDirectory(path) : undefined;
    const version = opened ? nameVersion(opened) : settings.version;
    const fingerprint = JSON.stringify([path, classes]);
    const served = await registry.load({ model, version, fingerprint }, async () =>
      loadServedModel({ ...settings, version }, opened ?? (await openClipDirectory(path)), engine),
    );
    if (opened) requireSame(served, opened);
    return served;
  };
  const repository = createModelRepository(models, load);
  return {
    serving: createServingService(context, {
      ...{ load, embed, askShadow, forgetAlias },
      describeFault: createStreamFaults('/holdfast.serving.v1.ServingService/EmbedStream', told),
    }),
    inference: createInferenceService({
      ...{ engine, registry, repository, embed },
      describeFault: createStreamFaults('/inference.GRPCInferenceService/ModelStreamInfer', told),
    }),
    loadAll: () => repository.load(),
    findRefusal: (method) => (needRoom.includes(method) ? queue.findRefusal() : undefined),
  };
}
