import { createConstraintService } from '@holdfast/constraint';
import { createEncoderService, createImagePool } from '@holdfast/encoder';
import { createEngine, type Engine } from '@holdfast/engine';
import { createEvaluatorService } from '@holdfast/evaluator';
import { createOptimizerService } from '@holdfast/optimizer';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  type Run,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import {
  createInProcessClient,
  createRemoteClient,
  defineService,
  startServer,
} from '@holdfast/service-kit';
import type { Client, ServiceImplementation, TsProtoServiceDefinition } from 'nice-grpc';
import type { ServiceClients } from '../clients.js';
import { createControllerService } from '../service/create-controller-service.js';

/** All services, ready to be called, and how to end them. */
export interface TestHost {
  readonly controller: ControllerServiceClient;
  /** The services that the controller calls. */
  readonly clients: ServiceClients;
  close(): Promise<void>;
}

const roots = ['/'];

function createController(clients: ServiceClients): ControllerServiceClient {
  const service = createControllerService({
    ...clients,
    runsPath: '/nowhere',
    roots,
    version: 'test',
    command: 'holdfast',
  });
  return createInProcessClient(ControllerServiceDefinition, service);
}

/**
 * Hosts everything in this process: one engine, no serialising.
 *
 * @param watch puts a test between the controller and the encoder
 */
export async function hostInProcess(
  watch: (encoder: EncoderServiceClient) => EncoderServiceClient = (encoder) => encoder,
): Promise<TestHost> {
  const engine = await createEngine({ threads: 1 });
  const clients: ServiceClients = {
    encoder: watch(
      createInProcessClient(EncoderServiceDefinition, createEncoderService({ engine, roots })),
    ),
    optimizer: createInProcessClient(
      OptimizerServiceDefinition,
      createOptimizerService({ engine, roots }),
    ),
    constraint: createInProcessClient(ConstraintServiceDefinition, createConstraintService()),
    evaluator: createInProcessClient(EvaluatorServiceDefinition, createEvaluatorService()),
  };
  return { clients, controller: createController(clients), close: () => engine.close() };
}

/**
 * Hosts each service on a loopback port of its own, encoder and optimizer on an engine of their own, the
 * images in threads.
 */
export async function hostOverGrpc(): Promise<TestHost> {
  const imagePool = createImagePool(2);
  const engines: Engine[] = [
    await createEngine({ threads: 1 }),
    await createEngine({ threads: 1 }),
  ];
  const closers: (() => Promise<void>)[] = [];
  async function serve<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    implementation: ServiceImplementation<Definition>,
  ): Promise<Client<Definition>> {
    const server = await startServer({ services: [defineService(definition, implementation)] });
    const { client, close } = createRemoteClient(definition, { address: server.address });
    closers.push(async () => {
      close();
      await server.close();
    });
    return client;
  }
  const clients: ServiceClients = {
    encoder: await serve(
      EncoderServiceDefinition,
      createEncoderService({ engine: engines[0]!, roots, imagePool }),
    ),
    optimizer: await serve(
      OptimizerServiceDefinition,
      createOptimizerService({ engine: engines[1]!, roots }),
    ),
    constraint: await serve(ConstraintServiceDefinition, createConstraintService()),
    evaluator: await serve(EvaluatorServiceDefinition, createEvaluatorService()),
  };
  return {
    clients,
    controller: createController(clients),
    async close() {
      await Promise.all(closers.map((close) => close()));
      await imagePool.close();
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
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
