import type { EngineLimits } from '@holdfast/host';
import type { ControllerServiceClient } from '@holdfast/proto/holdfast/controller/v1/controller';
import { noteProvider } from '../provider-option.js';
import type { Terminal } from '../terminal/terminal.js';

/** Does work with a controller in this process; the services are opened once for all of its runs. */
export async function withHosted<T>(
  limits: EngineLimits,
  runsPath: string,
  terminal: Pick<Terminal, 'progress'>,
  work: (controller: ControllerServiceClient) => Promise<T>,
): Promise<T> {
  const { hostServices } = await import('../host-services.js');
  const services = await hostServices(limits, runsPath);
  try {
    noteProvider(services.engine, limits.executionProvider, terminal);
    return await work(services.controller);
  } finally {
    await services.close();
  }
}
