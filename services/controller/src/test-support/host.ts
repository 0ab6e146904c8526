import { fileURLToPath, pathToFileURL } from 'node:url';
import { type HostedServices, hostInProcess, hostOverGrpc } from '@holdfast/host';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  type Run,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createInProcessClient } from '@holdfast/service-kit';
import type { ServiceClients } from '../clients.js';
import { defaultLimits } from '../service/controller-options.js';
import { createControllerService } from '../service/create-controller-service.js';

/** All services, ready to be called, and how to end them. */
export interface TestHost {
  readonly controller: ControllerServiceClient;
  /** The services that the controller calls. */
  readonly clients: ServiceClients;
  close(): Promise<void>;
}

/** A controller of these services. */
export function addController(
  clients: HostedServices & ServiceClients,
  concurrentRuns = 1,
  checkpointEverySeconds?: number,
): TestHost {
  const service = createControllerService({
    ...clients,
    checkpointEverySeconds,
    limits: { ...defaultLimits, concurrentRuns },
    runsPath: '/nowhere',
    roots: ['/'],
    version: 'test',
    command: 'holdfast',
  });
  const controller = createInProcessClient(ControllerServiceDefinition, service);
  return { clients, controller, close: clients.close };
}

/** Puts a test between the controller and some of its services. */
type Watch = (clients: ServiceClients) => Partial<ServiceClients>;

/** Hosts everything in this process: one engine, no serialising. */
export async function hostTest(
  watch: Watch = () => ({}),
  concurrentRuns?: number,
  checkpointEverySeconds?: number,
): Promise<TestHost> {
  const services = await hostInProcess({ threads: 1, imageWorkers: 0 });
  return addController({ ...services, ...watch(services) }, concurrentRuns, checkpointEverySeconds);
}

/** Hosts each service on a loopback port of its own, the images in threads. */
export async function hostTestOverGrpc(watch: Watch = () => ({})): Promise<TestHost> {
  const services = await hostOverGrpc();
  return addController({ ...services, ...watch(services) });
}

type RunEvent = NonNullable<WatchRunResponse['event']>;

/** A path as messages name it. */
export const uriOf = (path: string): string => pathToFileURL(path).href;

/** A run that has ended, and the folder that its URI names. */
export interface EndedRun extends Run {
  readonly runPath: string;
}

/** Watches a run to its end; `onEvent` may act in between. */
export async function waitForEnd(
  controller: ControllerServiceClient,
  runId: string,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<EndedRun> {
  for await (const { event } of controller.watchRun({ runId })) {
    if (event === undefined) continue;
    onEvent(event);
    if (event.$case !== 'ended') continue;
    const run = event.value.run!;
    return { ...run, runPath: fileURLToPath(run.runUri) };
  }
  throw new Error('the feed ended before the run did');
}
