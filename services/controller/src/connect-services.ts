import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import {
  type AccessSettings,
  accessShape,
  createLearnedDeadlines,
  createRemoteClient,
  createServiceDependency,
  type Dependency,
  type RemoteClient,
  readClientAccess,
  type ServedService,
  type ServiceContext,
  toAccessFiles,
} from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceClients } from './clients.js';
import { meetServices, type ServicePlace } from './meet-services.js';
import { createReplicaCounter } from './observe/count-replica-images.js';
import { connectEncoders } from './replicas/connect-encoders.js';

const describeAddress = (service: string) => z.string().describe(`host:port of the ${service}.`);

/** Settings of a controller that say where the other services are and how to speak to them. */
export const connectionShape = {
  encoderAddress: z
    .string()
    .describe(
      'host:port of the encoder. Several, separated by commas, divide the work; dns:///name:port is every address of a name.',
    ),
  constraintAddress: describeAddress('constraint service'),
  optimizerAddress: describeAddress('optimizer'),
  evaluatorAddress: describeAddress('evaluator'),
  ...accessShape,
} as const;

/** The settings of {@link connectionShape}, read; the address of a service in this process is not asked for. */
export type ConnectionSettings = AccessSettings &
  Partial<z.output<z.ZodObject<typeof connectionShape>>>;

/** The services that a controller calls. */
export interface ConnectedServices extends ServiceClients {
  /** Those in other processes. */
  readonly dependencies: readonly Dependency[];
  close(): void;
}

/** Who else is told. */
export interface ConnectOptions {
  /** Takes metrics of the calls. */
  readonly registry: ServiceContext['registry'];
  /** Told of files that cannot be used any more. */
  readonly logger?: ServiceContext['logger'] | undefined;
  /** Told of a name of encoders that cannot be looked up. */
  readonly onLookUpFailure?: ((name: string, error: unknown) => void) | undefined;
}

/**
 * Makes clients of the four services; they connect at the first call.
 *
 * @param here the clients of those in this process
 * @throws Fault `invalid` if a named file cannot be read, or a service on another machine has no TLS.
 */
export async function connectServices(
  settings: ConnectionSettings,
  { registry, logger, onLookUpFailure }: ConnectOptions,
  here: Partial<ServiceClients> = {},
): Promise<ConnectedServices> {
  const access = readClientAccess(toAccessFiles(settings), logger);
  const closers: (() => void)[] = [];
  const learned = createLearnedDeadlines();
  function connect<Definition extends ServedService['definition']>(
    definition: Definition,
    address: string | undefined,
  ): RemoteClient<Definition>['client'] {
    if (address === undefined) throw new RangeError(`${definition.fullName} has no address`);
    const remote = createRemoteClient(definition, { ...access, address, registry, learned });
    closers.push(remote.close);
    return remote.client;
  }
  const count = createReplicaCounter(registry);
  const addresses = settings.encoderAddress?.split(',').map((address) => address.trim()) ?? [];
  const replicas = here.encoder
    ? undefined
    : connectEncoders({ addresses, access, registry, learned, count, onLookUpFailure });
  if (replicas !== undefined) closers.push(replicas.close);
  const { encoderAddress: _encoders, ...others } = settings;
  const { constraintAddress, optimizerAddress, evaluatorAddress } = others;
  const [encoderAddress] = addresses;
  // Of several encoders one is enough, whichever: a run waits for it itself.
  const places = listPlaces(replicas === undefined ? settings : others, here);
  const dependencies = places.map(({ name, fullName, address }) =>
    createServiceDependency({ ...access, role: name, serviceName: fullName, address }),
  );
  closers.push(...dependencies.map(({ close }) => close));
  const encoderName = here.encoder || encoderAddress === undefined ? 'in-process' : encoderAddress;
  const alone = here.encoder ?? connect(EncoderServiceDefinition, encoderAddress);
  return {
    dependencies: [...dependencies, ...(replicas === undefined ? [] : [replicas.dependency])],
    // Of several each is counted by itself.
    encoder: replicas === undefined ? count(alone, encoderName) : alone,
    constraint: here.constraint ?? connect(ConstraintServiceDefinition, constraintAddress),
    optimizer: here.optimizer ?? connect(OptimizerServiceDefinition, optimizerAddress),
    evaluator: here.evaluator ?? connect(EvaluatorServiceDefinition, evaluatorAddress),
    terms: here.terms ?? connect(TermServiceDefinition, constraintAddress),
    encoderTensors: here.encoderTensors ?? connect(TensorServiceDefinition, encoderAddress),
    optimizerTensors: here.optimizerTensors ?? connect(TensorServiceDefinition, optimizerAddress),
    replicas,
    meet: (signal) => meetServices(places, access, signal),
    close() {
      for (const close of closers) close();
    },
  };
}

/** The services in other processes. */
function listPlaces(
  settings: ConnectionSettings,
  here: Partial<ServiceClients>,
): readonly ServicePlace[] {
  const definitions = {
    encoder: EncoderServiceDefinition,
    constraint: ConstraintServiceDefinition,
    optimizer: OptimizerServiceDefinition,
    evaluator: EvaluatorServiceDefinition,
  } as const;
  return (['encoder', 'constraint', 'optimizer', 'evaluator'] as const).flatMap((name) => {
    const address = settings[`${name}Address`];
    if (here[name] !== undefined || address === undefined) return [];
    const shown = name === 'constraint' ? 'constraint service' : name;
    return [{ name: shown, fullName: definitions[name].fullName, address }];
  });
}
