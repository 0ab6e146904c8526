import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';
import { logLevels } from './create-logger.js';
import type { ServerOptions, ServerTls } from './start-server.js';

/** A port, 0 for a free one. */
const port = z.coerce.number().int().min(0).max(65_535);

/** Folders separated by the system's path delimiter, for a service's own settings. */
export const folderList = z
  .string()
  .transform((text) => text.split(delimiter).filter((folder) => folder !== ''))
  .pipe(z.array(z.string()).min(1, 'names no folder'));

/** The settings that every service has. */
export const serverShape = {
  listenHost: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Any other than this machine needs TLS and a token.'),
  listenPort: port.default(0).describe('Port to listen on; 0 takes a free one.'),
  metricsPort: port.optional().describe('Port of /metrics and /healthz; absent: not served.'),
  tlsCertificatePath: z.string().optional().describe('Certificate of this server, PEM.'),
  tlsPrivateKeyPath: z.string().optional().describe('Its private key, PEM.'),
  tlsClientAuthorityPath: z
    .string()
    .optional()
    .describe('Authority whose certificates clients must show, PEM.'),
  tokenPath: z.string().optional().describe('File with the bearer token that calls must carry.'),
  receiveMaxMib: z.coerce
    .number()
    .positive()
    .max(1024)
    .default(64)
    .describe('Largest message accepted, in MiB.'),
  sendMaxMib: z.coerce
    .number()
    .positive()
    .max(1024)
    .default(64)
    .describe('Largest message sent, in MiB.'),
  drainTimeoutSeconds: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(30)
    .describe('How long calls under way may go on after SIGTERM.'),
  logLevel: z
    .enum(logLevels)
    .default('info')
    .describe(`How much is logged: ${logLevels.join(', ')}.`),
} as const;

/** The settings that every service has, read. */
export type ServerSettings = z.output<z.ZodObject<typeof serverShape>>;

/**
 * Reads the files that settings name, and turns settings into a server's options.
 *
 * @throws Fault `invalid` naming the flag whose file cannot be read.
 */
export async function resolveServerSettings(
  settings: ServerSettings,
): Promise<Omit<ServerOptions, 'services' | 'logger'>> {
  const mib = 1024 * 1024;
  const token = await readOptional(settings.tokenPath, '--token-path');
  const tls = await readTls(settings);
  return {
    listen: { host: settings.listenHost, port: settings.listenPort },
    limits: {
      receiveMaxBytes: Math.floor(settings.receiveMaxMib * mib),
      sendMaxBytes: Math.floor(settings.sendMaxMib * mib),
    },
    metricsPort: settings.metricsPort,
    token: token && readToken(token),
    tls,
  };
}

async function readTls(settings: ServerSettings): Promise<ServerTls | undefined> {
  const certificate = await readOptional(settings.tlsCertificatePath, '--tls-certificate-path');
  const privateKey = await readOptional(settings.tlsPrivateKeyPath, '--tls-private-key-path');
  const clientAuthority = await readOptional(
    settings.tlsClientAuthorityPath,
    '--tls-client-authority-path',
  );
  if (certificate === undefined && privateKey === undefined && clientAuthority === undefined) {
    return undefined;
  }
  if (certificate === undefined || privateKey === undefined) {
    throw new Fault('invalid', 'TLS needs both --tls-certificate-path and --tls-private-key-path');
  }
  return { certificate, privateKey, clientAuthority };
}

function readToken(content: Buffer): string {
  const token = content.toString('utf8').trim();
  if (token === '') throw new Fault('invalid', 'the file of --token-path is empty');
  return token;
}

async function readOptional(path: string | undefined, flag: string): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return readFile(path).catch((cause: Error) => {
    throw new Fault('invalid', `${flag}: cannot read ${path}: ${cause.message}`, { cause });
  });
}
