import { createEngine } from '@holdfast/engine';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { defineService, folderList, runServer } from '@holdfast/service-kit';
import { z } from 'zod';
import { createEncoderService } from './create-encoder-service.js';

const wholeNumber = z.coerce.number().int().positive();

await runServer({
  name: 'encoder',
  settings: {
    roots: folderList.describe('Folders that models, sample tables, images and caches lie in.'),
    threads: wholeNumber.max(256).optional().describe('Threads of a matrix product.'),
    activationBudgetMib: wholeNumber
      .max(2 ** 20)
      .default(1024)
      .describe('Memory for kept activations where a run does not say, in MiB.'),
    imageConcurrency: wholeNumber.max(64).default(4).describe('Images decoded at once.'),
    runsMax: wholeNumber.max(1000).default(16).describe('Runs that may be open at once.'),
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ roots, threads, activationBudgetMib, imageConcurrency, runsMax }) => {
    const engine = await createEngine({
      ...(threads && { threads }),
      activationBudgetBytes: activationBudgetMib * 2 ** 20,
    });
    const service = createEncoderService({ engine, roots, imageConcurrency, runsMax });
    return {
      services: [defineService(EncoderServiceDefinition, service)],
      close: () => engine.close(),
    };
  },
});
