import type { Engine } from '@holdfast/engine';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { GRPCInferenceServiceDefinition } from '@holdfast/proto/inference/inference';
import {
  type Dependency,
  defineService,
  folderList,
  type ServedService,
  type ServiceContext,
} from '@holdfast/service-kit';
import { z } from 'zod';
import { createServing, servingLimits } from './create-serving.js';
import type { EngineTurns } from './engine-turns.js';
import type { ImagePool } from './images/create-image-pool.js';
import { findModels } from './serving/model-repository.js';
import { createServingMetrics } from './serving/serving-metrics.js';

const tokens = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 24);

/** The settings of an encoder that answers with models by their names. */
export const servingShape = {
  models: folderList
    .optional()
    .describe(
      'Models to answer with: folders of them, name=folder or name@version=folder, separated as paths are.',
    ),
  batchTokensMax: tokens
    .default(servingLimits.batchTokensMax)
    .describe('Patches and tokens that callers have computed at once; training waits as long.'),
  queueTokensMax: tokens
    .default(servingLimits.queueTokensMax)
    .describe('Patches and tokens of callers that may wait; more are refused at once.'),
} as const;

/** The settings, read. */
export type ServingSettings = z.output<z.ZodObject<typeof servingShape>>;

/** Loads the models that settings name, and makes the services that answer with them. */
export async function startServing(
  { models, batchTokensMax, queueTokensMax }: ServingSettings,
  parts: {
    readonly engine: Engine;
    readonly turns: EngineTurns;
    readonly roots: readonly string[];
    readonly imagePool: ImagePool;
    readonly dependencies: readonly Dependency[];
  },
  context: ServiceContext,
): Promise<readonly ServedService[]> {
  const { serving, inference, loadAll, findRefusal } = createServing({
    ...parts,
    models: await findModels(models ?? [], parts.roots),
    limits: { batchTokensMax, queueTokensMax },
    metrics: createServingMetrics(context.registry),
    context,
  });
  await loadAll();
  return [
    {
      ...defineService(ServingServiceDefinition, serving, parts.dependencies),
      findRefusal,
    },
    {
      ...defineService(GRPCInferenceServiceDefinition, inference, parts.dependencies),
      findRefusal,
    },
  ];
}
