import { createControllerService } from '@holdfast/controller';
import {
  type EngineLimits,
  type HostedServices,
  hostInProcess,
  machineRoots,
} from '@holdfast/host';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createInProcessClient, startTracing } from '@holdfast/service-kit';
import { nameCommand } from './name-command.js';
import { version } from './version.js';

/** All five services in this process. */
export interface HostedRuns extends HostedServices {
  readonly controller: ControllerServiceClient;
}

/**
 * Hosts the services for one person on one machine, and a controller that runs plans with them.
 *
 * @param runsPath where runs without a folder of their own go
 */
export async function hostServices(limits: EngineLimits, runsPath: string): Promise<HostedRuns> {
  const tracing = await startTracing('run', process.env);
  const services = await hostInProcess(limits);
  const roots = machineRoots();
  const command = nameCommand(process.env);
  const controller = createInProcessClient(
    ControllerServiceDefinition,
    createControllerService({ ...services, runsPath, roots, version, command }),
  );
  return {
    ...services,
    controller,
    async close() {
      await services.close();
      await tracing?.close();
    },
  };
}
