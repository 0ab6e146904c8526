import {
  carriedTensorService,
  createEngine,
  createTensorService,
  type SharedEngine,
} from '@holdfast/engine';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import {
  connectPeers,
  defineService,
  folderList,
  peerShape,
  type ServiceContext,
  type StartedService,
} from '@holdfast/service-kit';
import { z } from 'zod';
import { createOptimizerService } from './create-optimizer-service.js';

const settings = {
  roots: folderList.describe('Folders that models and checkpoints lie in.'),
  runsMax: z.coerce
    .number()
    .int()
    .positive()
    .max(1000)
    .default(16)
    .describe('Runs that may be open at once.'),
  ...peerShape,
} as const;

/** The settings of an optimizer, read. */
export type OptimizerSettings = z.output<z.ZodObject<typeof settings>>;

/**
 * Starts an optimizer.
 *
 * @param shared the engine of an encoder in this process, which serves and closes it; absent: one of its own
 */
async function start(
  { roots, runsMax, ...peerSettings }: OptimizerSettings,
  context: ServiceContext,
  shared?: SharedEngine,
): Promise<StartedService> {
  // An optimizer alone runs no graph: one thread holds the arrays and the AdamW loop.
  const engine = shared?.engine ?? (await createEngine({ threads: 1 }));
  const own = createOptimizerService({ engine, roots, runsMax });
  const service = shared?.holdCalls(own) ?? own;
  const dependencies = [
    { name: 'its engine', isOwn: true, check: async () => engine.requireAlive() },
  ];
  const services = [defineService(OptimizerServiceDefinition, service, dependencies)];
  if (shared !== undefined) return { services };
  const peers = await connectPeers(carriedTensorService, peerSettings, context);
  const tensors = defineService(
    carriedTensorService,
    createTensorService(engine, peers),
    dependencies,
  );
  return {
    services: [...services, tensors],
    listening: peers.listening,
    async close() {
      peers.close();
      await engine.close();
    },
  };
}

/** The optimizer as a program. */
export const optimizerProgram = { name: 'optimizer', settings, start } as const;
