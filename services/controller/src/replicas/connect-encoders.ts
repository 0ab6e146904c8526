import { Fault } from '@holdfast/fault';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import {
  createRemoteClient,
  createServiceDependency,
  type Dependency,
  type LearnedDeadlines,
  type readClientAccess,
  type ServiceContext,
} from '@holdfast/service-kit';
import { type ConnectedReplicas, connectReplicas, parseTarget } from './connect-replicas.js';

/** A lost encoder is soon given up, for there are others. */
const impatience = { connectWaitMs: 2000, attemptsMax: 2 };

/** Where encoders are, and how they are called. */
export interface ConnectEncodersOptions {
  /** `host:port`, or `dns:///name:port` for every address that a name stands for. */
  readonly addresses: readonly string[];
  readonly access: ReturnType<typeof readClientAccess>;
  /** Takes metrics of the calls. */
  readonly registry: ServiceContext['registry'];
  /** With the calls of other services. */
  readonly learned?: LearnedDeadlines | undefined;
  /** Counts the images of an encoder, by its name. */
  readonly count: (encoder: EncoderServiceClient, replica: string) => EncoderServiceClient;
  /** Told of a name of encoders that cannot be looked up. */
  readonly onLookUpFailure?: ((name: string, error: unknown) => void) | undefined;
}

/** Encoders that come and go, and whether one of them serves. */
export interface ConnectedEncoders extends ConnectedReplicas {
  readonly dependency: Dependency;
}

/** Connects encoders that come and go; undefined where there is one, at a fixed address. */
export function connectEncoders({
  addresses,
  access,
  registry,
  learned,
  count,
  onLookUpFailure,
}: ConnectEncodersOptions): ConnectedEncoders | undefined {
  const [only] = addresses.map(parseTarget);
  if (only === undefined || (addresses.length === 1 && !only.isName)) return undefined;
  const health = new Map<string, Dependency>();
  const replicas = connectReplicas({
    addresses,
    onFailure: onLookUpFailure,
    connect(address, serverName) {
      const at = { ...access, address, serverName };
      const called = { ...at, ...impatience, registry, learned };
      const encoder = createRemoteClient(EncoderServiceDefinition, called);
      const tensors = createRemoteClient(TensorServiceDefinition, called);
      const serviceName = EncoderServiceDefinition.fullName;
      const check = createServiceDependency({ ...at, role: 'encoder', serviceName });
      health.set(address, check);
      return {
        address,
        encoder: count(encoder.client, address),
        tensors: tensors.client,
        close() {
          health.delete(address);
          for (const { close } of [encoder, tensors, check]) close();
        },
      };
    },
  });
  return {
    ...replicas,
    dependency: {
      name: `an encoder of ${addresses.join(', ')}`,
      async check() {
        const checks = replicas.list().map(({ address }) => health.get(address)!.check());
        await Promise.any(checks).catch((cause) => {
          throw new Fault('unavailable', `none of ${checks.length} serves`, { cause });
        });
      },
    },
  };
}
