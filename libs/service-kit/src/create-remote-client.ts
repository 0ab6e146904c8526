import { experimental } from '@grpc/grpc-js';
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
import type { Registry } from 'prom-client';
import { type Certificates, createCertificateProvider } from './certificate-provider.js';
import { type Changing, readCurrent } from './changing.js';
import { createClientMetrics } from './client-metrics.js';
import { countBytes } from './count-bytes.js';
import { isLoopback } from './is-loopback.js';
import type { LearnedDeadlines } from './learn-deadlines.js';
import { type MessageLimits, toChannelOptions } from './message-limits.js';
import { type MethodPolicy, readMethodPolicy } from './method-policy.js';
import { createFaultRaiser } from './raise-faults.js';
import { createRepeater } from './repeat-calls.js';
import { findTracing } from './tracing.js';

/** Certificates of a client, PEM: the authority of the server (absent: the system's), and its own, where the server asks. */
export type ClientTls = Certificates;

/** Where a service is and how to speak to it. */
export interface RemoteClientOptions {
  /** `host:port`, or `dns:///name:port`. */
  readonly address: string;
  /** Name that its certificate is for; default: that of the address. */
  readonly serverName?: string | undefined;
  /** Required where the address is not this machine, but behind a mesh. */
  readonly tls?: Changing<ClientTls> | undefined;
  /** Bearer token. */
  readonly token?: Changing<string> | undefined;
  /** Whether a service mesh encrypts what goes to other machines. */
  readonly insecureBehindMesh?: boolean;
  /** Deadline of every unary call, in place of its method's ({@link readMethodPolicy}). Streams have none. */
  readonly deadlineMs?: number;
  /** Gives up unary calls that take much longer than others like them; clients may share it. */
  readonly learned?: LearnedDeadlines | undefined;
  /** How long a call waits for a connection, as while the service restarts. Default 60 s. */
  readonly connectWaitMs?: number;
  /** Times that a call is sent which may be repeated and finds the service unavailable. Default 5. */
  readonly attemptsMax?: number;
  /** Uniform in [0, 1), for the time between two attempts. */
  readonly random?: () => number;
  readonly limits?: MessageLimits;
  /** Takes `grpc_client_*` and the bytes on the wire; absent: nothing is counted. */
  readonly registry?: Registry | undefined;
}

/** A client and its connection. */
export interface RemoteClient<Definition extends TsProtoServiceDefinition> {
  readonly client: Client<Definition>;
  close(): void;
}

/**
 * A client of a service on another machine or in another process. A gRPC status arrives as the Fault
 * that the service threw; a missed deadline and a lost connection as `unavailable`, with the service and its
 * address. Calls wait for a service that restarts and are repeated as {@link createRepeater} says.
 *
 * @throws Fault `invalid` if a token or data would leave this machine unencrypted.
 */
export function createRemoteClient<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  options: RemoteClientOptions,
): RemoteClient<Definition> {
  const { address, serverName, tls, token, insecureBehindMesh = false } = options;
  const host = address.replace(/^dns:\/\/\//, '').replace(/:\d+$/, '');
  if (tls === undefined && !isLoopback(host) && !insecureBehindMesh) {
    throw new Fault(
      'invalid',
      `${address} is another machine: give the client TLS certificates, or say that a service mesh encrypts (insecure behind mesh)`,
    );
  }
  const policies = readPolicies(definition, options.deadlineMs);
  const channel = createChannel(address, createCredentials(tls), {
    ...toChannelOptions(options.limits),
    ...reconnectOptions,
    ...(serverName !== undefined && {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    }),
    // Plain text must reach this machine only, and not by way of a proxy named in the environment.
    'grpc.enable_http_proxy': tls === undefined ? 0 : 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.service_config': createServiceConfig(policies),
  });
  let factory = createClientFactory();
  // Innermost: it counts every attempt, by the status that it got.
  if (options.registry !== undefined) factory = factory.use(createClientMetrics(options.registry));
  const tracing = findTracing();
  if (tracing !== undefined) factory = factory.use(tracing.client);
  factory = factory.use(createFaultRaiser(address));
  if (token !== undefined) factory = factory.use(createTokenMiddleware(token));
  const { connectWaitMs = 60_000, attemptsMax = 5, random = Math.random, learned } = options;
  factory = factory.use(
    createRepeater({
      channel,
      address,
      serverName,
      tls: () => tls && readCurrent(tls),
      policies,
      connectWaitMs,
      attemptsMax,
      random,
      learned,
    }),
  );
  const counted =
    options.registry === undefined
      ? definition
      : countBytes(definition, 'client', options.registry);
  return { client: factory.create(counted, channel), close: () => channel.close() };
}

function createCredentials(tls: Changing<ClientTls> | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  const provider = createCertificateProvider(() => readCurrent(tls));
  const shows = readCurrent(tls).certificate !== undefined;
  return experimental.createCertificateProviderChannelCredentials(
    provider,
    shows ? provider : null,
  );
}

/** A service that is back is found within about two seconds; grpc-js alone waits up to two minutes. */
const reconnectOptions = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2000,
};

/** The policy of every method, by its path. */
function readPolicies(
  { fullName, methods }: TsProtoServiceDefinition,
  unaryDeadlineMs: number | undefined,
): ReadonlyMap<string, MethodPolicy> {
  return new Map(
    Object.values(methods).map((method) => {
      const { repeats, deadlineMs } = readMethodPolicy(method);
      const chosenMs = deadlineMs && (unaryDeadlineMs ?? deadlineMs);
      return [`/${fullName}/${method.name}`, { repeats, deadlineMs: chosenMs }];
    }),
  );
}

/** grpc-js says a deadline on the wire, as `grpc-timeout`, where a service config has it. */
function createServiceConfig(policies: ReadonlyMap<string, MethodPolicy>): string {
  const methodConfig = [...policies].flatMap(([path, { deadlineMs }]) => {
    if (deadlineMs === undefined) return [];
    const [, service, method] = path.split('/');
    // As an object: grpc-js reads the decimals of "0.1s" as nanoseconds.
    const timeout = { seconds: Math.floor(deadlineMs / 1000), nanos: (deadlineMs % 1000) * 1e6 };
    return { name: [{ service, method }], timeout };
  });
  return JSON.stringify({ loadBalancingConfig: [], methodConfig });
}

function createTokenMiddleware(token: Changing<string>): ClientMiddleware {
  return async function* sendToken(call, options) {
    const metadata = Metadata(options.metadata).set(
      'authorization',
      `Bearer ${readCurrent(token)}`,
    );
    return yield* call.next(call.request, { ...options, metadata });
  };
}
