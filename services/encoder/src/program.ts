import {
  carriedTensorService,
  createEngine,
  createTensorService,
  providerRequests,
  type SharedEngine,
} from '@holdfast/engine';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  connectPeers,
  createHistogram,
  defineService,
  folderList,
  peerShape,
  type ServiceContext,
  type StartedService,
} from '@holdfast/service-kit';
import { z } from 'zod';
import { countBatches } from './count-batches.js';
import { createEncoderService } from './create-encoder-service.js';
import { createEngineTurns } from './engine-turns.js';
import { holdCalls } from './hold-calls.js';
import { createImagePool, defaultImageWorkers } from './images/create-image-pool.js';
import { servingShape, startServing } from './start-serving.js';

const wholeNumber = z.coerce.number().int().positive();

const settings = {
  roots: folderList.describe('Folders that models, sample tables, images and caches lie in.'),
  threads: wholeNumber.max(256).optional().describe('Threads of a matrix product.'),
  executionProvider: z
    .enum(providerRequests)
    .default('cpu')
    .describe('What runs the graphs: cpu, webgpu, cuda, or auto for the best that works.'),
  activationBudgetMib: wholeNumber
    .max(2 ** 20)
    .optional()
    .describe(
      'Memory for kept activations where a run does not say, in MiB; default: a quarter of what there is.',
    ),
  imageWorkers: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    .default(defaultImageWorkers())
    .describe('Threads that decode and augment images; 0: none of their own.'),
  runsMax: wholeNumber.max(1000).default(16).describe('Models that runs may load at once.'),
  ...servingShape,
  ...peerShape,
} as const;

/** The settings of an encoder, read. */
export type EncoderSettings = z.output<z.ZodObject<typeof settings>>;

/** An encoder, and its engine, for who serves an optimizer beside it. */
export interface StartedEncoder extends StartedService {
  readonly shared: SharedEngine;
}

/** Starts an engine and an encoder, and serves the engine's arrays. */
async function start(
  {
    roots,
    threads,
    executionProvider,
    activationBudgetMib,
    imageWorkers,
    runsMax,
    models,
    batchTokensMax,
    queueTokensMax,
    ...peerSettings
  }: EncoderSettings,
  context: ServiceContext,
): Promise<StartedEncoder> {
  const { logger, registry } = context;
  const peers = await connectPeers(carriedTensorService, peerSettings, context);
  const engine = await createEngine({
    ...(threads && { threads }),
    executionProvider,
    ...(activationBudgetMib && { activationBudgetBytes: activationBudgetMib * 2 ** 20 }),
  });
  logger.info({ event: 'engine.started', ...engine.description });
  const imagePool = createImagePool(imageWorkers);
  const imageWait = createHistogram(registry, {
    name: 'holdfast_encoder_image_wait_seconds',
    help: 'Time for which an Encode with images waited for their pixels.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  });
  const onImageWait = (seconds: number) => imageWait.observe(seconds);
  const dependencies = [
    { name: 'its engine', isOwn: true, check: async () => engine.requireAlive() },
  ];
  const counted = countBatches(engine, registry);
  const turns = createEngineTurns(counted);
  const parts = { engine: counted, turns, roots, imagePool };
  const service = createEncoderService({ ...parts, runsMax, onImageWait });
  const shared: SharedEngine = {
    engine: turns.moving,
    holdCalls: (held) => holdCalls(held, turns),
  };
  const tensors = shared.holdCalls(createTensorService(shared.engine, peers));
  const close = async () => {
    peers.close();
    await imagePool.close();
    await engine.close();
  };
  try {
    const servingSettings = { models, batchTokensMax, queueTokensMax };
    const serving = await startServing(servingSettings, { ...parts, dependencies }, context);
    return {
      services: [
        defineService(EncoderServiceDefinition, service, dependencies),
        defineService(carriedTensorService, tensors, dependencies),
        ...serving,
      ],
      shared,
      listening: peers.listening,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The encoder as a program. */
export const encoderProgram = { name: 'encoder', settings, start } as const;
