import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { defineService, runServer } from '@holdfast/service-kit';
import { z } from 'zod';
import { createConstraintService } from './create-constraint-service.js';
import { createTermService } from './terms/create-term-service.js';

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
    allowModules: z
      .enum(['true', 'false'])
      .default('false')
      .describe(
        "Evaluate users' modules. They run as this process, so let only its owners call it.",
      ),
    termsMax: z.coerce
      .number()
      .int()
      .positive()
      .max(1000)
      .default(16)
      .describe("Users' modules that may be open at once, a thread each."),
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ runsMax, allowModules, termsMax }) => {
    const terms = createTermService({ allowModules: allowModules === 'true', termsMax });
    return {
      services: [
        defineService(ConstraintServiceDefinition, createConstraintService({ runsMax })),
        defineService(TermServiceDefinition, terms.implementation),
      ],
      close: () => terms.close(),
    };
  },
});
