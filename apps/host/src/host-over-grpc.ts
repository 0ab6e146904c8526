import { createConstraintService, createTermService } from '@holdfast/constraint';
import { createEncoderService, createImagePool } from '@holdfast/encoder';
import {
  carriedTensorService,
  createEngine,
  createTensorService,
  type Engine,
} from '@holdfast/engine';
import { createEvaluatorService } from '@holdfast/evaluator';
import { createOptimizerService } from '@holdfast/optimizer';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import {
  connectPeers,
  createRemoteClient,
  defineService,
  startServer,
} from '@holdfast/service-kit';
import type { Client, ServiceImplementation, TsProtoServiceDefinition } from 'nice-grpc';
import type { HostedServices } from './hosted-services.js';
import { machineRoots } from './machine-roots.js';

/** Threads for images, so that what they do is seen to change no bit. */
const imageWorkers = 2;

/**
 * Hosts each service on a loopback port of its own, as services in processes of their own are: encoder and
 * optimizer have an engine each, and every message is serialised.
 */
export async function hostOverGrpc(): Promise<HostedServices> {
  const imagePool = createImagePool(imageWorkers);
  const engine = await createEngine({ threads: 1 });
  const optimizerEngine = await createEngine({ threads: 1 });
  const roots = machineRoots();
  const terms = createTermService({ allowModules: true });
  const closers: (() => Promise<void>)[] = [];
  async function serve<Definition extends TsProtoServiceDefinition>(
    definition: Definition,
    implementation: ServiceImplementation<Definition>,
    onListening: (address: string) => void = () => {},
  ): Promise<Client<Definition>> {
    const server = await startServer({ services: [defineService(definition, implementation)] });
    onListening(server.address);
    const { client, close } = createRemoteClient(definition, { address: server.address });
    closers.push(async () => {
      close();
      await server.close();
    });
    return client;
  }
  async function serveTensors(of: Engine): Promise<TensorServiceClient> {
    const peers = await connectPeers(carriedTensorService);
    closers.push(async () => peers.close());
    const service = createTensorService(of, peers);
    return serve(carriedTensorService, service, peers.listening);
  }
  return {
    encoder: await serve(
      EncoderServiceDefinition,
      createEncoderService({ engine, roots, imagePool }),
    ),
    optimizer: await serve(
      OptimizerServiceDefinition,
      createOptimizerService({ engine: optimizerEngine, roots }),
    ),
    constraint: await serve(ConstraintServiceDefinition, createConstraintService()),
    evaluator: await serve(EvaluatorServiceDefinition, createEvaluatorService()),
    terms: await serve(TermServiceDefinition, terms.implementation),
    encoderTensors: await serveTensors(engine),
    optimizerTensors: await serveTensors(optimizerEngine),
    engine: engine.description,
    async close() {
      await Promise.all(closers.map((close) => close()));
      await terms.close();
      await imagePool.close();
      await Promise.all([engine.close(), optimizerEngine.close()]);
    },
  };
}
