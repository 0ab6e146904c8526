import { Fault } from '@holdfast/fault';
import {
  ChannelCredentials,
  type Client,
  type ClientMiddleware,
  createChannel,
  createClientFactory,
  Metadata,
  type TsProtoServiceDefinition,
} from 'nice-grpc';
import { isLoopback } from './is-loopback.js';
import { type MessageLimits, toChannelOptions } from './message-limits.js';
import { raiseFaults } from './raise-faults.js';

/** Certificates of a client, PEM. */
export interface ClientTls {
  /** Authority that signed the server's certificate; absent: the system's authorities. */
  readonly authority?: Buffer;
  /** This client's own certificate and key, where the server asks for one. */
  readonly certificate?: Buffer;
  readonly privateKey?: Buffer;
}

/** Where a service is and how to speak to it. */
export interface RemoteClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** Required where the address is not this machine. */
  readonly tls?: ClientTls;
  /** Bearer token, required by servers that other machines reach. */
  readonly token?: string;
  /** Deadline of every unary call; default 10 minutes. Streams have none. */
  readonly deadlineMs?: number;
  /**
   * Tries a unary call that finds the service unavailable up to three times more. Default true: calls
   * are idempotent.
   */
  readonly retry?: boolean;
  readonly limits?: MessageLimits;
}

/** A client and its connection. */
export interface RemoteClient<Definition extends TsProtoServiceDefinition> {
  readonly client: Client<Definition>;
  close(): void;
}

const defaultDeadlineMs = 10 * 60_000;

/**
 * A client of a service on another machine or in another process. A gRPC status arrives as the Fault
 * that the service threw; a missed deadline and a lost connection as `unavailable`.
 *
 * @throws Fault `invalid` if a token or data would leave this machine unencrypted.
 */
export function createRemoteClient<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  options: RemoteClientOptions,
): RemoteClient<Definition> {
  const { address, tls, token } = options;
  const host = address.replace(/:\d+$/, '');
  if (tls === undefined && !isLoopback(host)) {
    throw new Fault('invalid', `${address} is another machine: give the client TLS certificates`);
  }
  const channel = createChannel(address, createCredentials(tls), {
    ...toChannelOptions(options.limits),
    // Plain text must reach this machine only, and not by way of a proxy named in the environment.
    ...(tls === undefined ? { 'grpc.enable_http_proxy': 0 } : {}),
    'grpc.service_config_disable_resolution': 1,
    'grpc.service_config': createServiceConfig(definition, options),
  });
  let factory = createClientFactory().use(raiseFaults);
  if (token !== undefined) factory = factory.use(createTokenMiddleware(token));
  return { client: factory.create(definition, channel), close: () => channel.close() };
}

function createCredentials(tls: ClientTls | undefined): ChannelCredentials {
  return tls === undefined
    ? ChannelCredentials.createInsecure()
    : ChannelCredentials.createSsl(tls.authority, tls.privateKey, tls.certificate);
}

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: '0.2s',
  maxBackoff: '5s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};

/** grpc-js takes deadlines and retries from a service config, on the wire as `grpc-timeout`. */
function createServiceConfig(
  definition: TsProtoServiceDefinition,
  { deadlineMs = defaultDeadlineMs, retry = true }: RemoteClientOptions,
): string {
  const unary = Object.values(definition.methods).filter(
    ({ requestStream, responseStream }) => !requestStream && !responseStream,
  );
  const method = {
    name: unary.map(({ name }) => ({ service: definition.fullName, method: name })),
    timeout: `${deadlineMs / 1000}s`,
    ...(retry ? { retryPolicy } : {}),
  };
  return JSON.stringify({
    loadBalancingConfig: [],
    methodConfig: unary.length > 0 ? [method] : [],
  });
}

function createTokenMiddleware(token: string): ClientMiddleware {
  return async function* sendToken(call, options) {
    const metadata = Metadata(options.metadata).set('authorization', `Bearer ${token}`);
    return yield* call.next(call.request, { ...options, metadata });
  };
}
