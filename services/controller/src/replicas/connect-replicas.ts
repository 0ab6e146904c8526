import { lookup } from 'node:dns/promises';
import { Fault } from '@holdfast/fault';
import type { Replica, ReplicaSource } from './replica.js';

/** The IP addresses that a name stands for. */
export type LookUp = (name: string) => Promise<readonly string[]>;

/** Where replicas are, and how they are connected. */
export interface ConnectReplicasOptions {
  /** `host:port`, or `dns:///name:port` for every address that a name stands for. */
  readonly addresses: readonly string[];
  /** Connects one; of a name that was looked up, `serverName` is what its certificate is for. */
  connect(address: string, serverName?: string): Replica & { close(): void };
  readonly lookUp?: LookUp;
  /** Time between two lookups; default 5 s. */
  readonly intervalMs?: number;
  /** Told of a name that cannot be looked up, once until it can. */
  readonly onFailure?: ((name: string, error: unknown) => void) | undefined;
}

/** Replicas, and how to end their connections. */
export interface ConnectedReplicas extends ReplicaSource {
  close(): void;
}

/** An address that is not listed any more is kept for the calls that are under way: ten minutes, the deadline of a call. */
const keptMs = 10 * 60_000;

/** An address as it was given. */
interface Target {
  readonly host: string;
  readonly port: string;
  readonly isName: boolean;
}

/** @throws Fault `invalid` unless an address is `host:port` or `dns:///name:port`. */
export function parseTarget(address: string): Target {
  const { host, port } =
    /^(?:dns:\/\/\/)?(?<host>\[[^\]]+\]|[^:/]+):(?<port>\d+)$/.exec(address)?.groups ?? {};
  if (host !== undefined && port !== undefined) {
    return { host, port, isName: address.startsWith('dns:') };
  }
  throw new Fault('invalid', `'${address}' is no address: host:port, or dns:///name:port`);
}

/**
 * Connects replicas, each by a channel of its own, and looks up the names among their addresses every few seconds: gRPC itself
 * looks a name up again only when a connection breaks, and so never finds replicas that are added.
 *
 * Their order is that of the addresses as given, and of the IP addresses of a name. A name that cannot be looked up keeps the
 * addresses that it had.
 *
 * @throws Fault `invalid` for an address that is none.
 */
export function connectReplicas({
  addresses,
  connect,
  lookUp = lookUpAll,
  intervalMs = 5000,
  onFailure = () => {},
}: ConnectReplicasOptions): ConnectedReplicas {
  const targets = addresses.map(parseTarget);
  const connected = new Map<string, { replica: ReturnType<typeof connect>; listedAt: number }>();
  const failing = new Set<string>();
  const listed: string[][] = targets.map(({ host, port, isName }) =>
    isName ? [] : [`${host}:${port}`],
  );
  let replicas: readonly Replica[] = [];
  let closed = false;

  function update(): void {
    const now = performance.now();
    const current = new Map(
      targets.flatMap(({ host, isName }, i) =>
        listed[i]!.map((address) => [address, isName ? host : undefined] as const),
      ),
    );
    for (const [address, serverName] of current) {
      const known = connected.get(address);
      if (known === undefined) {
        connected.set(address, { replica: connect(address, serverName), listedAt: now });
      } else known.listedAt = now;
    }
    for (const [address, { replica, listedAt }] of connected) {
      if (now - listedAt < keptMs) continue;
      replica.close();
      connected.delete(address);
    }
    replicas = [...current.keys()].map((address) => connected.get(address)!.replica);
  }

  async function lookUpTarget({ host, port, isName }: Target, i: number): Promise<void> {
    if (!isName) return;
    try {
      const found = await lookUp(host);
      listed[i] = found
        .map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`))
        .toSorted();
      failing.delete(host);
    } catch (error) {
      if (!failing.has(host)) onFailure(host, error);
      failing.add(host);
    }
  }

  async function lookUpTargets(): Promise<void> {
    await Promise.all(targets.map(lookUpTarget));
    if (!closed) update();
  }

  update();
  let timer: NodeJS.Timeout | undefined;
  async function keepLookingUp(): Promise<void> {
    await lookUpTargets();
    if (!closed) timer = setTimeout(keepLookingUp, intervalMs).unref();
  }
  if (targets.some(({ isName }) => isName)) void keepLookingUp();
  return {
    list: () => replicas,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { replica } of connected.values()) replica.close();
    },
  };
}

/** By the system, which knows hosts files and search domains; Node keeps nothing of the answer. */
async function lookUpAll(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
