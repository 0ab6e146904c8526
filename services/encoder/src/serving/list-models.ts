import type {
  ListModelsResponse,
  ServedModel as ServedModelMessage,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import type { ModelRegistry } from './model-registry.js';
import type { ServedModel } from './served-model.js';

/** Lists versions and aliases. */
export function createListModels(registry: ModelRegistry) {
  return async (): Promise<ListModelsResponse> => ({
    models: registry.list().map(describeServed),
    aliases: registry
      .listAliases()
      .map(({ shadow, ...alias }) => ({ ...alias, shadow: shadow && { ...shadow } })),
  });
}

/** A version as a message. */
export function describeServed(served: ServedModel): ServedModelMessage {
  const { model, version, uri, directory, classes } = served;
  const { config } = directory;
  return {
    model,
    version,
    modelUri: uri,
    modelSha256: directory.sha256,
    preprocessingSha256: directory.preprocessingSha256,
    embeddingSize: config.projectionSize,
    imageSize: config.vision.imageSize,
    contextLength: config.text.contextLength,
    heads: [...(directory.heads?.names ?? [])],
    classes: classes.map(({ name }) => name),
  };
}
