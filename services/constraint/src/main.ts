import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { defineService, runServer } from '@holdfast/service-kit';
import { z } from 'zod';
import { createConstraintService } from './create-constraint-service.js';

await runServer({
  name: 'constraint',
  settings: {
    runsMax: z.coerce
      .number()
      .int()
      .positive()
      .max(10_000)
      .default(64)
      .describe('Runs that may be open at once.'),
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ runsMax }) => ({
    services: [defineService(ConstraintServiceDefinition, createConstraintService({ runsMax }))],
  }),
});
