import { createRequire } from 'node:module';
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
  },
  environment: process.env,
  argv: process.argv.slice(2),
  start: async ({ roots, runsPath, ...settings }) => {
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
      drain: () => service.stop(),
      close: async () => close(),
    };
  },
});
