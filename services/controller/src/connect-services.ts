import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import {
  type AccessSettings,
  accessShape,
  createRemoteClient,
  type RemoteClient,
  readClientAccess,
  type ServedService,
  toAccessFiles,
} from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceClients } from './clients.js';
import { meetServices, type ServicePlace } from './meet-services.js';
import {
  type ConnectedReplicas,
  connectReplicas,
  parseTarget,
} from './replicas/connect-replicas.js';

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

/** Addresses of encoders; none where it is in this process. */
function listAddresses({ encoderAddress }: ConnectionSettings): string[] {
  return encoderAddress?.split(',').map((address) => address.trim()) ?? [];
}

/** A lost encoder is soon given up, for there are others. */
const impatience = { connectWaitMs: 2000, attemptsMax: 2 };

/** Connects encoders that come and go; undefined where there is one, at a fixed address. */
function connectEncoders(
  settings: ConnectionSettings,
  access: Awaited<ReturnType<typeof readClientAccess>>,
  { onLookUpFailure }: ConnectOptions,
): ConnectedReplicas | undefined {
  const addresses = listAddresses(settings);
  const [only] = addresses.map(parseTarget);
  if (only === undefined || (addresses.length === 1 && !only.isName)) return undefined;
  return connectReplicas({
    addresses,
    onFailure: onLookUpFailure,
    connect(address, serverName) {
      const options = { ...access, ...impatience, address, serverName };
      const encoder = createRemoteClient(EncoderServiceDefinition, options);
      const tensors = createRemoteClient(TensorServiceDefinition, options);
      return {
        address,
        encoder: encoder.client,
        tensors: tensors.client,
        close() {
          encoder.close();
          tensors.close();
        },
      };
    },
  });
}

/** Who else is told. */
export interface ConnectOptions {
  /** Told of a name of encoders that cannot be looked up. */
  readonly onLookUpFailure?: ((name: string, error: unknown) => void) | undefined;
}

/** The settings of {@link connectionShape}, read; the address of a service in this process is not asked for. */
export type ConnectionSettings = AccessSettings &
  Partial<z.output<z.ZodObject<typeof connectionShape>>>;

/**
 * Makes clients of the four services; they connect at the first call.
 *
 * @param here the clients of those in this process
 * @throws Fault `invalid` if a named file cannot be read, or a service on another machine has no TLS.
 */
export async function connectServices(
  settings: ConnectionSettings,
  here: Partial<ServiceClients> = {},
  options: ConnectOptions = {},
): Promise<ServiceClients & { close(): void }> {
  const access = readClientAccess(toAccessFiles(settings));
  const closers: (() => void)[] = [];
  function connect<Definition extends ServedService['definition']>(
    definition: Definition,
    address: string | undefined,
  ): RemoteClient<Definition>['client'] {
    if (address === undefined) throw new RangeError(`${definition.fullName} has no address`);
    const remote = createRemoteClient(definition, { ...access, address });
    closers.push(remote.close);
    return remote.client;
  }
  const replicas = here.encoder ? undefined : connectEncoders(settings, access, options);
  if (replicas !== undefined) closers.push(replicas.close);
  const { encoderAddress: _encoders, ...others } = settings;
  const { constraintAddress, optimizerAddress, evaluatorAddress } = others;
  const [encoderAddress] = listAddresses(settings);
  // Of several encoders one is enough, whichever: a run waits for it itself.
  const places = listPlaces(replicas === undefined ? settings : others, here);
  return {
    encoder: here.encoder ?? connect(EncoderServiceDefinition, encoderAddress),
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
