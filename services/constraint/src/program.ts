import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { defineService, type StartedService } from '@holdfast/service-kit';
import { z } from 'zod';
import { createConstraintService } from './create-constraint-service.js';
import { createTermService } from './terms/create-term-service.js';

const settings = {
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
    .describe("Evaluate users' modules. They run as this process, so let only its owners call it."),
  termsMax: z.coerce
    .number()
    .int()
    .positive()
    .max(1000)
    .default(16)
    .describe("Users' modules that may be open at once, a thread each."),
} as const;

/** The settings of a constraint service, read. */
export type ConstraintSettings = z.output<z.ZodObject<typeof settings>>;

/** Starts a constraint service, with users' modules beside it. */
async function start({
  runsMax,
  allowModules,
  termsMax,
}: ConstraintSettings): Promise<StartedService> {
  const terms = createTermService({ allowModules: allowModules === 'true', termsMax });
  return {
    services: [
      defineService(ConstraintServiceDefinition, createConstraintService({ runsMax })),
      defineService(TermServiceDefinition, terms.implementation),
    ],
    close: () => terms.close(),
  };
}

/** The constraint service as a program. */
export const constraintProgram = { name: 'constraint', settings, start } as const;
