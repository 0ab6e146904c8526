import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { Fault } from '@holdfast/fault';
import type { Client, TsProtoServiceDefinition } from 'nice-grpc';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import {
  type AccessSettings,
  accessShape,
  readClientAccess,
  toAccessFiles,
} from './client-access.js';
import type { Logger } from './create-logger.js';
import { createRemoteClient, type RemoteClient } from './create-remote-client.js';
import { isLoopback } from './is-loopback.js';

/** Of Linux: a file system in memory that every process of the machine, or of a container, sees. */
function defaultFolder(): string {
  const memory = '/dev/shm';
  return existsSync(memory) ? `${memory}/holdfast-${process.getuid?.()}` : 'none';
}

/** Settings of a service that others read from, and that reads from them where a caller says so. */
export const peerShape = {
  advertiseAddress: z
    .string()
    .optional()
    .describe('host:port at which other services reach this one; default: where it listens.'),
  peerHosts: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim()))
    .pipe(z.array(z.string().min(1, 'names no host')))
    .optional()
    .describe(
      'Hosts whose arrays this service fetches, by comma, *.example for all below; default: this machine.',
    ),
  sharedFolder: z
    .string()
    .default(defaultFolder())
    .describe(
      'Folder in memory, of this user alone, through which services of this machine hand arrays over; none: by the network.',
    ),
  ...accessShape,
} as const;

/** The settings of {@link peerShape}, read. */
export type PeerSettings = AccessSettings & Partial<z.output<z.ZodObject<typeof peerShape>>>;

/** Services of one kind that callers name by address. */
export interface Peers<Definition extends TsProtoServiceDefinition> {
  /** Where others reach this service; empty until it listens. */
  readonly address: () => string;
  /** Says where this service listens. */
  listening(address: string): void;
  /**
   * The client of an address; it connects at its first call.
   *
   * @throws Fault `invalid` for an address outside the hosts of the settings: a caller must not make a service
   *   connect, and show its token, anywhere.
   */
  connect(address: string): Client<Definition>;
  /** Folder through which services of this machine hand arrays over; undefined: there is none. */
  readonly sharedFolder: string | undefined;
  close(): void;
}

/** Connections that are kept; the oldest makes room. */
const connectionsMax = 64;

/**
 * Makes a service known to its peers, and them to it.
 *
 * @param context takes metrics of the calls, and is told of files that cannot be used any more
 * @throws Fault `invalid` if a named file cannot be read.
 */
export async function connectPeers<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  { advertiseAddress, peerHosts, sharedFolder, ...files }: PeerSettings = {},
  { registry, logger }: { readonly registry?: Registry; readonly logger?: Logger } = {},
): Promise<Peers<Definition>> {
  const access = readClientAccess(toAccessFiles(files), logger);
  const connections = new Map<string, RemoteClient<Definition>>();
  let own = advertiseAddress ?? '';
  return {
    address: () => own,
    sharedFolder: sharedFolder === 'none' ? undefined : sharedFolder,
    listening(address) {
      own = advertiseAddress ?? nameAnyAddress(address);
    },
    connect(address) {
      requirePeer(address, peerHosts);
      let connection = connections.get(address);
      if (connection === undefined) {
        connection = createRemoteClient(definition, { ...access, address, registry });
        connections.set(address, connection);
        const [[oldest, { close }]] = connections as unknown as [[string, { close(): void }]];
        if (connections.size > connectionsMax) {
          connections.delete(oldest);
          close();
        }
      }
      return connection.client;
    },
    close() {
      for (const { close } of connections.values()) close();
      connections.clear();
    },
  };
}

/** Whoever listens on every address is reached by the name of its machine. */
function nameAnyAddress(address: string): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])(?=:\d+$)/, hostname());
}

function requirePeer(address: string, hosts: readonly string[] | undefined): void {
  const [, host] = /^(.+):\d{1,5}$/.exec(address) ?? [];
  if (host === undefined) throw new Fault('invalid', `'${address}' is not host:port`);
  const isPeer = hosts?.some((name) => matchesHost(host, name)) ?? isLoopback(host);
  if (isPeer) return;
  const known = hosts?.join(', ') ?? 'this machine';
  throw new Fault('invalid', `${host} is not a peer of this service (${known}): see --peer-hosts`);
}

function matchesHost(host: string, name: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}
