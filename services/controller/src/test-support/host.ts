import { type HostedServices, hostInProcess, hostOverGrpc } from '@holdfast/host';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  type Run,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createInProcessClient } from '@holdfast/service-kit';
import type { ServiceClients } from '../clients.js';
import { createControllerService } from '../service/create-controller-service.js';

/** All services, ready to be called, and how to end them. */
export interface TestHost {
  readonly controller: ControllerServiceClient;
  /** The services that the controller calls. */
  readonly clients: ServiceClients;
  close(): Promise<void>;
}

function addController(clients: HostedServices): TestHost {
  const service = createControllerService({
    ...clients,
    runsPath: '/nowhere',
    roots: ['/'],
    version: 'test',
    command: 'holdfast',
  });
  const controller = createInProcessClient(ControllerServiceDefinition, service);
  return { clients, controller, close: clients.close };
}

/**
 * Hosts everything in this process: one engine, no serialising.
 *
 * @param watch puts a test between the controller and the encoder
 */
export async function hostTest(
  watch: (encoder: EncoderServiceClient) => EncoderServiceClient = (encoder) => encoder,
): Promise<TestHost> {
  const services = await hostInProcess({ threads: 1, imageWorkers: 0 });
  return addController({ ...services, encoder: watch(services.encoder) });
}

/**
 * Hosts each service on a loopback port of its own, the images in threads.
 *
 * @param watch puts a test between the controller and the arrays of the encoder
 */
export async function hostTestOverGrpc(
  watch: (tensors: TensorServiceClient) => TensorServiceClient = (tensors) => tensors,
): Promise<TestHost> {
  const services = await hostOverGrpc();
  return addController({ ...services, encoderTensors: watch(services.encoderTensors) });
}

type RunEvent = NonNullable<WatchRunResponse['event']>;

/** Watches a run to its end; `onEvent` may act in between. */
export async function waitForEnd(
  controller: ControllerServiceClient,
  runId: string,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<Run> {
  for await (const { event } of controller.watchRun({ runId })) {
    if (event === undefined) continue;
    onEvent(event);
    if (event.$case === 'ended') return event.value.run!;
  }
  throw new Error('the feed ended before the run did');
}
