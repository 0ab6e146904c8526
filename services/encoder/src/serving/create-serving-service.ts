import type { ServingServiceImplementation } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { DescribeStreamFault } from '@holdfast/service-kit';
import { createClassify } from './classify.js';
import type { Embed, ServingContext } from './embed.js';
import { createEmbedStream } from './embed-stream.js';
import { createListModels } from './list-models.js';
import { createLoadModel, type LoadServed } from './load-model.js';
import { createDeleteAlias, createSetAlias } from './set-alias.js';
import type { AskShadow } from './shadow.js';

/** Makes the service that answers by models' names. */
export function createServingService(
  context: ServingContext,
  parts: {
    readonly load: LoadServed;
    readonly embed: Embed;
    readonly askShadow: AskShadow;
    readonly forgetAlias: (alias: string) => void;
    readonly describeFault: DescribeStreamFault;
  },
): ServingServiceImplementation {
  const { registry } = context;
  const { load, embed, askShadow, forgetAlias, describeFault } = parts;
  return {
    loadModel: createLoadModel(context, load),
    listModels: createListModels(registry),
    unloadModel: async ({ model, version }) => {
      await registry.unload(model, version);
      return {};
    },
    setAlias: createSetAlias(registry),
    deleteAlias: createDeleteAlias(registry, forgetAlias),
    embed,
    embedStream: createEmbedStream(embed, describeFault),
    classify: createClassify(context, askShadow),
  };
}
