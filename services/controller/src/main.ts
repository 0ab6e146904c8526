import { createRequire } from 'node:module';
import { describeError } from '@holdfast/fault';
import { ControllerServiceDefinition } from '@holdfast/proto/holdfast/controller/v1/controller';
import { defineService, folderList, runServer } from '@holdfast/service-kit';
import { z } from 'zod';
import { connectionShape, connectServices } from './connect-services.js';
import { createControllerService } from './service/create-controller-service.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

await runServer({
  name: 'controller',
  settings: {
    ...connectionShape,
    roots: folderList.describe('Folders that plans, data, models and runs lie in.'),
    runsPath: z.string().describe('Folder of the runs that name none of their own.'),
    resume: z
      .enum(['none', 'interrupted'])
      .default('none')
      .describe('Runs of earlier processes to go on with: none, or the interrupted ones.'),
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ roots, runsPath, resume, ...settings }, { logger }) => {
    const { close, ...clients } = await connectServices(settings);
    const service = createControllerService({
      ...clients,
      roots,
      runsPath,
      version,
      command: 'holdfast',
    });
    return {
      services: [defineService(ControllerServiceDefinition, service)],
      listening() {
        if (resume === 'none') return;
        void service.resumeInterrupted((runPath, error) =>
          logger.warn({ event: 'run.not-resumed', runPath, reason: describeError(error) }),
        );
      },
      drain: () => service.stop(),
      close: async () => close(),
    };
  },
});
