import type { ServingServiceImplementation } from '@holdfast/proto/holdfast/serving/v1/serving';
import { createClassify } from './classify.js';
import { createEmbed, type ServingContext } from './embed.js';
import { createEmbedStream } from './embed-stream.js';
import { createListModels } from './list-models.js';
import { createLoadModel, type LoadServed } from './load-model.js';
import type { ServingMetrics } from './serving-metrics.js';
import { createDeleteAlias, createSetAlias } from './set-alias.js';
import { createAskShadow } from './shadow.js';

/** Makes the service that answers by models' names. */
export function createServingService(
  context: ServingContext,
  { load, metrics }: { readonly load: LoadServed; readonly metrics: ServingMetrics },
): ServingServiceImplementation {
  const { registry } = context;
  const embed = createEmbed(context);
  return {
    loadModel: createLoadModel(context, load),
    listModels: createListModels(registry),
    unloadModel: async ({ model, version }) => {
      await registry.unload(model, version);
      return {};
    },
    setAlias: createSetAlias(registry),
    deleteAlias: createDeleteAlias(registry, metrics.forgetAlias),
    embed,
    embedStream: createEmbedStream(embed),
    classify: createClassify(context, createAskShadow(registry, metrics.onShadow)),
  };
}
