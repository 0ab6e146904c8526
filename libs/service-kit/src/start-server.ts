import { experimental, ServerCredentials } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import { ServerReflectionDefinition } from '@holdfast/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as ServerReflectionV1AlphaDefinition } from '@holdfast/proto/grpc/reflection/v1alpha/reflection';
import { createServer, type ServiceImplementation, type TsProtoServiceDefinition } from 'nice-grpc';
import { Registry } from 'prom-client';
import { createTransportBlamer } from './blame-transport.js';
import { createIdentityTeller } from './caller-identity.js';
import { createCertificateProvider } from './certificate-provider.js';
import { type Changing, readCurrent } from './changing.js';
import { countBytes } from './count-bytes.js';
import { createHealthService, type Health } from './create-health-service.js';
import { createLogger, type Logger } from './create-logger.js';
import { createReflectionService } from './create-reflection-service.js';
import { formatAddress, isLoopback } from './is-loopback.js';
import { limitPublicMessages } from './limit-public-messages.js';
import { type MessageLimits, toChannelOptions } from './message-limits.js';
import { readDescriptors } from './read-descriptors.js';
import { createReadiness, type Dependency, measureReadiness, type Readiness } from './readiness.js';
import { createOverloadInterceptor, type FindRefusal } from './refuse-overload.js';
import { createIdentityInterceptor } from './require-identity.js';
import { createTokenInterceptor } from './require-token.js';
import { createFaultMiddleware } from './serve-faults.js';
import { type ProbeServer, serveProbes } from './serve-probes.js';
import { createServerMetrics } from './server-metrics.js';
import { findTracing } from './tracing.js';

/** A service to serve. Made by {@link defineService}, which checks one against the other. */
export interface ServedService {
  readonly definition: TsProtoServiceDefinition;
  readonly implementation: unknown;
  readonly dependencies: readonly Dependency[];
  /** Asked before a message of a call is read; absent: none is refused. */
  readonly findRefusal?: FindRefusal;
}

/** Pairs a definition with its implementation, and what it cannot do without. */
export function defineService<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition>,
  dependencies: readonly Dependency[] = [],
): ServedService {
  return { definition, implementation, dependencies };
}

/** Certificates of a server, PEM. */
export interface ServerTls {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  /** Authority whose certificates clients must show; absent: none are asked for. */
  readonly authority?: Buffer | undefined;
}

/** What to serve, where, and to whom. */
export interface ServerOptions {
  readonly services: readonly ServedService[];
  /**
   * Default 127.0.0.1 and a free port. Any other host than this machine's needs `tls`, and `token` or client
   * certificates, or `insecureBehindMesh`.
   */
  readonly listen?: { readonly host?: string; readonly port?: number };
  readonly tls?: Changing<ServerTls> | undefined;
  /** Bearer token that every call but health must carry; one of them, where there are several, a line each. */
  readonly token?: Changing<string> | undefined;
  /** Names of which a client's certificate must have one, for every call but health; needs `tls.authority`. */
  readonly allowedIdentities?: readonly string[] | undefined;
  /** Whether a service mesh encrypts and authenticates what comes from other machines. */
  readonly insecureBehindMesh?: boolean;
  /**
   * Milliseconds, one tenth more or less, after which a client is asked to connect again, so that replicas that are new get calls.
   * Calls under way go on over the old connection for as long as they take. Default: never.
   */
  readonly connectionAgeMs?: number;
  /** Port of `/metrics`, `/livez` and `/readyz` on the same host; absent: not served. */
  readonly metricsPort?: number | undefined;
  /** Where metrics are registered; give one to add a service's own. */
  readonly registry?: Registry;
  readonly limits?: MessageLimits;
  /** Calls that one connection may have under way. Default 256. */
  readonly concurrentCallsMax?: number;
  readonly logger?: Logger;
}

/** A server that listens. */
export interface RunningServer {
  /** `host:port`. */
  readonly address: string;
  readonly port: number;
  readonly metricsPort?: number | undefined;
  readonly registry: Registry;
  /**
   * Drains: health says NOT_SERVING, new calls are refused, calls under way may end. After
   * `timeoutMs` (default 30 s) what still runs is cancelled. Closing twice waits for the same drain.
   */
  close(timeoutMs?: number): Promise<void>;
}

const drainTimeoutMs = 30_000;

/**
 * Starts a gRPC server with health, reflection (v1 and v1alpha) and the standard `grpc_server_*`
 * metrics. What a handler throws becomes a status in one place.
 *
 * @throws Fault `invalid` if it would listen beyond this machine and let anyone in.
 * @throws Fault `unavailable` if the address cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.listen?.host ?? '127.0.0.1';
  refuseOpenDoor(host, options);
  const registry = options.registry ?? new Registry();
  const readiness = createReadiness(
    options.services.map(({ definition, dependencies }) => ({
      name: definition.fullName,
      dependencies,
    })),
  );
  measureReadiness(registry, readiness);
  const names = options.services.map(({ definition }) => definition.fullName);
  const health = createHealthService(names, readiness);
  const server = createGrpcServer(options, registry, health);
  const port = await server
    .listen(formatAddress(host, options.listen?.port ?? 0), createCredentials(options.tls))
    .catch((cause: Error) => {
      const at = formatAddress(host, options.listen?.port ?? 0);
      throw new Fault('unavailable', `cannot listen on ${at}: ${cause.message}`, { cause });
    });
  const probes = await startProbes(options, { host, registry, health, readiness }).catch(
    (error) => {
      server.forceShutdown();
      throw error;
    },
  );
  health.setServing(true);
  let closing: Promise<void> | undefined;
  return {
    address: formatAddress(host, port),
    port,
    metricsPort: probes?.port,
    registry,
    close(timeoutMs = drainTimeoutMs) {
      closing ??= drain({ server, health, probes }, timeoutMs);
      return closing;
    },
  };
}

function refuseOpenDoor(host: string, options: ServerOptions): void {
  const { token, allowedIdentities, insecureBehindMesh = false } = options;
  const tls = options.tls && readCurrent(options.tls);
  if (allowedIdentities !== undefined && tls?.authority === undefined) {
    throw new Fault(
      'invalid',
      'identities are those of certificates: name an authority of clients',
    );
  }
  if (isLoopback(host) || insecureBehindMesh) return;
  const missing: string[] = [];
  if (tls === undefined) missing.push('TLS');
  if (token === undefined && tls?.authority === undefined) missing.push('a token');
  if (missing.length === 0) return;
  throw new Fault(
    'invalid',
    `other machines can reach ${host}: give the server ${missing.join(' and ')}, listen on 127.0.0.1, or say that a service mesh does both (--insecure-behind-mesh true)`,
  );
}

function createGrpcServer(options: ServerOptions, registry: Registry, health: Health) {
  const definitions = options.services.map(({ definition }) => definition);
  const interceptors = [
    limitPublicMessages(createTransportBlamer()),
    createServerMetrics(registry, definitions),
  ];
  // They come second: what they refuse is counted, too.
  const { token, allowedIdentities } = options;
  if (token !== undefined) interceptors.push(createTokenInterceptor(token));
  if (allowedIdentities !== undefined)
    interceptors.push(createIdentityInterceptor(allowedIdentities));
  interceptors.push(createIdentityTeller(allowedIdentities));
  interceptors.push(
    createOverloadInterceptor(
      new Map(options.services.map((each) => [each.definition.fullName, each.findRefusal])),
    ),
  );
  const calls = createServer({
    ...toChannelOptions(options.limits),
    'grpc.max_concurrent_streams': options.concurrentCallsMax ?? 256,
    ...(options.connectionAgeMs && { 'grpc.max_connection_age_ms': options.connectionAgeMs }),
    interceptors,
  });
  const tracing = findTracing();
  // The first one is outermost.
  const server = (tracing === undefined ? calls : calls.use(tracing.server)).use(
    createFaultMiddleware(options.logger ?? createLogger('server', 'silent')),
  );
  for (const { definition, implementation } of options.services) {
    // defineService checked the pair; a list of them has lost the type.
    server.add(
      countBytes(definition, 'server', registry),
      implementation as ServiceImplementation<TsProtoServiceDefinition>,
    );
  }
  const reflection = createReflectionService(
    [...definitions, HealthDefinition].map(({ fullName }) => fullName),
    readDescriptors(),
  );
  server.add(HealthDefinition, health.implementation);
  server.add(ServerReflectionDefinition, reflection);
  server.add(ServerReflectionV1AlphaDefinition, reflection);
  return server;
}

function createCredentials(tls: Changing<ServerTls> | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const provider = createCertificateProvider(() => readCurrent(tls));
  const asksClients = readCurrent(tls).authority !== undefined;
  // The identity comes first and the authority second, whatever grpc-js 1.14 calls them.
  return experimental.createCertificateProviderServerCredentials(
    provider,
    asksClients ? provider : null,
    asksClients,
  );
}

async function startProbes(
  { metricsPort: port }: ServerOptions,
  {
    host,
    registry,
    health,
    readiness,
  }: { host: string; registry: Registry; health: Health; readiness: Readiness },
): Promise<ProbeServer | undefined> {
  if (port === undefined) return undefined;
  const { isServing } = health;
  return serveProbes({ host, port, registry, isServing, readiness }).catch((cause) => {
    const at = formatAddress(host, port);
    throw new Fault('unavailable', `cannot serve metrics on ${at}: ${cause.message}`, { cause });
  });
}

async function drain(
  parts: {
    readonly server: ReturnType<typeof createServer>;
    readonly health: Health;
    readonly probes: ProbeServer | undefined;
  },
  timeoutMs: number,
): Promise<void> {
  parts.health.setServing(false);
  parts.health.endWatches();
  const timer = setTimeout(() => parts.server.forceShutdown(), timeoutMs);
  await parts.server.shutdown();
  clearTimeout(timer);
  await parts.probes?.close();
}
