import { createRequire } from 'node:module';
import type { Engine } from '@holdfast/engine';
import { isFault } from '@holdfast/fault';
import {
  type GRPCInferenceServiceImplementation,
  type ModelInferRequest,
  type ModelInferResponse,
  ModelStreamInferResponse,
} from '@holdfast/proto/inference/inference';
import type { DescribeStreamFault } from '@holdfast/service-kit';
import { answerBounded } from '../serving/answer-bounded.js';
import type { Embed } from '../serving/embed.js';
import type { ModelRegistry } from '../serving/model-registry.js';
import type { ModelRepository } from '../serving/model-repository.js';
import type { ServedModel } from '../serving/served-model.js';
import { describeConfig } from './describe-config.js';
import { describeModel } from './describe-model.js';
import { describeStatistics } from './describe-statistics.js';
import { readEmbedRequest } from './read-embed-request.js';
import { writeOutputs } from './write-outputs.js';

/** What the protocol stands on. */
export interface InferenceContext {
  readonly engine: Pick<Engine, 'requireAlive'>;
  readonly registry: ModelRegistry;
  readonly repository: ModelRepository;
  readonly embed: Embed;
  /** Of requests of ModelStreamInfer. */
  readonly describeFault: DescribeStreamFault;
}

/** Requests of one stream that are under way at once. */
const underWayMax = 32;

/** Makes the Open Inference Protocol over what ServingService answers with. */
export function createInferenceService({
  engine,
  registry,
  repository,
  embed,
  describeFault,
}: InferenceContext): GRPCInferenceServiceImplementation {
  const infer = async (
    request: ModelInferRequest,
    context: { readonly signal: AbortSignal },
  ): Promise<ModelInferResponse> =>
    writeOutputs(request, await embed(readEmbedRequest(request), context));
  const describe = (name: string, version: string) => {
    const { served, alias } = registry.resolve(name, version);
    const own = registry.list().filter(({ model }) => model === served.model);
    const versions = alias ? [served.version] : own.map((each) => each.version);
    return describeModel(name, versions, served);
  };
  return {
    serverLive: async () => ({ live: isAlive(engine) }),
    // Models are loaded before the server listens.
    serverReady: async () => ({ ready: isAlive(engine) }),
    modelReady: async ({ name, version }) => ({
      ready: isAlive(engine) && isReady(registry, name, version),
    }),
    serverMetadata: async () => ({
      name: 'holdfast',
      version: readVersion(),
      extensions: ['model_repository'],
    }),
    modelMetadata: async ({ name, version }) => describe(name, version),
    modelConfig: async ({ name, version }) => ({ config: describeConfig(describe(name, version)) }),
    async modelStatistics({ name, version }) {
      const isAsked = (each: ServedModel) =>
        (name === '' || each.model === name) && (version === '' || each.version === version);
      // Where no model has the name, it is an alias, or nobody's.
      const found = registry.list().filter(isAsked);
      const asked = found.length > 0 ? found : [registry.resolve(name, version).served];
      return { modelStats: asked.map(describeStatistics) };
    },
    modelInfer: infer,
    async *modelStreamInfer(requests, context) {
      const answer = async (request: ModelInferRequest): Promise<ModelStreamInferResponse> => {
        try {
          return { errorMessage: '', inferResponse: await infer(request, context) };
        } catch (error) {
          return refuseInStream(request, describeFault(error).message);
        }
      };
      yield* answerBounded(requests, answer, underWayMax);
    },
    async repositoryIndex({ ready }) {
      const loaded = registry.list().map(({ model, version }) => ({ name: model, version }));
      const aliases = registry
        .listAliases()
        .map(({ alias, version }) => ({ name: alias, version }));
      const names = new Set(loaded.map(({ name }) => name));
      const others = repository
        .list()
        .filter(({ model }) => !ready && !names.has(model))
        .map(({ model, version }) => ({
          ...{ name: model, version, state: 'UNAVAILABLE', reason: 'not loaded' },
        }));
      const here = [...loaded, ...aliases].map((each) => ({ ...each, state: 'READY', reason: '' }));
      return { models: [...here, ...others] };
    },
    async repositoryModelLoad(request) {
      const name = readName(request);
      await repository.load(name);
      return { modelName: name, isLoaded: true };
    },
    async repositoryModelUnload(request) {
      const name = readName(request);
      await registry.unload(name, '');
      return { modelName: name, isUnloaded: true };
    },
  };
}

function isAlive(engine: InferenceContext['engine']): boolean {
  try {
    engine.requireAlive();
    return true;
  } catch {
    return false;
  }
}

function isReady(registry: ModelRegistry, name: string, version: string): boolean {
  try {
    registry.resolve(name, version);
    return true;
  } catch (error) {
    if (isFault(error) && error.kind === 'not-found') return false;
    throw error;
  }
}

/** Triton's clients name the model in the second field, KServe's in the first. */
function readName({ modelName, repositoryName }: { modelName: string; repositoryName: string }) {
  return modelName || repositoryName;
}

/** An error as an answer: with the request's id, by which its sender knows it. */
function refuseInStream({ id, modelName }: ModelInferRequest, errorMessage: string) {
  return ModelStreamInferResponse.fromPartial({ errorMessage, inferResponse: { id, modelName } });
}

function readVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('../../package.json') as { version: string }).version;
}
