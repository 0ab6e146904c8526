import { createRequire } from 'node:module';
import { isFault } from '@holdfast/fault';
import type { EmbedRequest, EmbedResponse } from '@holdfast/proto/holdfast/serving/v1/serving';
import {
  type GRPCInferenceServiceImplementation,
  type ModelInferRequest,
  type ModelInferResponse,
  ModelStreamInferResponse,
} from '@holdfast/proto/inference/inference';
import { answerBounded } from '../serving/answer-bounded.js';
import type { ModelRegistry } from '../serving/model-registry.js';
import type { ModelRepository } from '../serving/model-repository.js';
import { describeModel } from './describe-model.js';
import { readEmbedRequest } from './read-embed-request.js';
import { writeOutputs } from './write-outputs.js';

/** What the protocol stands on. */
export interface InferenceContext {
  readonly registry: ModelRegistry;
  readonly repository: ModelRepository;
  readonly embed: (
    request: EmbedRequest,
    context: { readonly signal: AbortSignal },
  ) => Promise<EmbedResponse>;
}

/** Requests of one stream that are under way at once. */
const underWayMax = 32;

/** Makes the Open Inference Protocol over what ServingService answers with. */
export function createInferenceService({
  registry,
  repository,
  embed,
}: InferenceContext): GRPCInferenceServiceImplementation {
  const infer = async (
    request: ModelInferRequest,
    context: { readonly signal: AbortSignal },
  ): Promise<ModelInferResponse> =>
    writeOutputs(request, await embed(readEmbedRequest(request), context));
  return {
    serverLive: async () => ({ live: true }),
    // Models are loaded before the server listens.
    serverReady: async () => ({ ready: true }),
    modelReady: async ({ name, version }) => ({ ready: isReady(registry, name, version) }),
    serverMetadata: async () => ({
      name: 'holdfast',
      version: readVersion(),
      extensions: ['model_repository'],
    }),
    async modelMetadata({ name, version }) {
      const { served, alias } = registry.resolve(name, version);
      const own = registry.list().filter(({ model }) => model === served.model);
      const versions = alias ? [served.version] : own.map((each) => each.version);
      return describeModel(name, versions, served);
    },
    modelInfer: infer,
    async *modelStreamInfer(requests, context) {
      const answer = async (request: ModelInferRequest): Promise<ModelStreamInferResponse> => {
        try {
          return { errorMessage: '', inferResponse: await infer(request, context) };
        } catch (error) {
          return refuseInStream(request, error);
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
function refuseInStream({ id, modelName }: ModelInferRequest, error: unknown) {
  const errorMessage = error instanceof Error ? error.message : String(error);
  return ModelStreamInferResponse.fromPartial({ errorMessage, inferResponse: { id, modelName } });
}

function readVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('../../package.json') as { version: string }).version;
}
