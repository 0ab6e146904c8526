import { createEngine, createTensorService } from '@holdfast/engine';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { defineService, folderList, runServer } from '@holdfast/service-kit';
import { z } from 'zod';
import { createOptimizerService } from './create-optimizer-service.js';

await runServer({
  name: 'optimizer',
  settings: {
    roots: folderList.describe('Folders that models and checkpoints lie in.'),
    runsMax: z.coerce
      .number()
      .int()
      .positive()
      .max(1000)
      .default(16)
      .describe('Runs that may be open at once.'),
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ roots, runsMax }) => {
    // An optimizer alone runs no graph: one thread holds the arrays and the AdamW loop.
    const engine = await createEngine({ threads: 1 });
    return {
      services: [
        defineService(
          OptimizerServiceDefinition,
          createOptimizerService({ engine, roots, runsMax }),
        ),
        defineService(TensorServiceDefinition, createTensorService(engine)),
      ],
      close: () => engine.close(),
    };
  },
});
