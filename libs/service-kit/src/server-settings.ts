import { delimiter } from 'node:path';
import { describeError, Fault } from '@holdfast/fault';
import { z } from 'zod';
import { checkCertificates } from './certificate-provider.js';
import { type Logger, logLevels } from './create-logger.js';
import { type RotatedFiles, readRotated } from './read-rotated.js';
import { readTokens } from './require-token.js';
import type { ServerOptions, ServerTls } from './start-server.js';

/** A port, 0 for a free one. */
const port = z.coerce.number().int().min(0).max(65_535);

/** Not the one in `s3://`. */
const delimiterPattern = new RegExp(`${delimiter}(?!//)`);

/** Folders, or `s3:` URIs, separated by the system's path delimiter, for a service's own settings. */
export const folderList = z
  .string()
  .transform((text) => text.split(delimiterPattern).filter((folder) => folder !== ''))
  .pipe(z.array(z.string()).min(1, 'names no folder'));

/** The settings that every service has. */
export const serverShape = {
  listenHost: z
    .string()
    .default('127.0.0.1')
    .describe(
      'Address to listen on. Any other than this machine needs TLS, and a token or clients with certificates.',
    ),
  listenPort: port.default(0).describe('Port to listen on; 0 takes a free one.'),
  metricsPort: port
    .optional()
    .describe('Port of /metrics, /livez and /readyz; absent: not served.'),
  tlsCertificatePath: z.string().optional().describe('Certificate of this server, PEM.'),
  tlsPrivateKeyPath: z.string().optional().describe('Its private key, PEM.'),
  tlsClientAuthorityPath: z
    .string()
    .optional()
    .describe('Authority whose certificates clients must show, PEM.'),
  allowedIdentities: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.string().min(1, 'has an empty name')))
    .optional()
    .describe(
      'Names (SAN) of which the certificate of a client must have one, by comma; NAME=package.Service/* may call that alone.',
    ),
  tokenPath: z
    .string()
    .optional()
    .describe(
      'File with the bearer token that calls must carry; with several, a line each, one of them.',
    ),
  insecureBehindMesh: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Plain connections from and to other machines: a service mesh encrypts and authenticates them.',
    ),
  connectionAgeSeconds: z.coerce
    .number()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('After this time clients connect again, so that new replicas get calls.'),
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
  drainedExitCode: z.coerce
    .number()
    .int()
    .min(0)
    .max(255)
    .default(0)
    .describe('Exit code after SIGTERM: to a Job of Kubernetes 0 says that its work is done.'),
  logLevel: z
    .enum(logLevels)
    .default('info')
    .describe(`How much is logged: ${logLevels.join(', ')}.`),
} as const;

/** The settings that every service has, read. */
export type ServerSettings = z.output<z.ZodObject<typeof serverShape>>;

/**
 * Reads the files that settings name, and turns settings into a server's options. Files that change are read again.
 *
 * @throws Fault `invalid` naming the flag whose file cannot be used.
 */
export function resolveServerSettings(
  settings: ServerSettings,
  logger: Logger,
): Omit<ServerOptions, 'services' | 'logger'> {
  const mib = 1024 * 1024;
  const warn = (error: unknown) =>
    logger.warn({ event: 'file.refused', reason: describeError(error) });
  return {
    listen: { host: settings.listenHost, port: settings.listenPort },
    limits: {
      receiveMaxBytes: Math.floor(settings.receiveMaxMib * mib),
      sendMaxBytes: Math.floor(settings.sendMaxMib * mib),
    },
    metricsPort: settings.metricsPort,
    token: readServerToken(settings.tokenPath, warn),
    tls: readTls(settings, warn),
    allowedIdentities: settings.allowedIdentities,
    insecureBehindMesh: settings.insecureBehindMesh === 'true',
    connectionAgeMs: settings.connectionAgeSeconds * 1000,
  };
}

type Warn = (error: unknown) => void;

function readTls(settings: ServerSettings, onRefused: Warn): (() => ServerTls) | undefined {
  const { tlsCertificatePath, tlsPrivateKeyPath, tlsClientAuthorityPath } = settings;
  const all = [tlsCertificatePath, tlsPrivateKeyPath, tlsClientAuthorityPath];
  if (all.every((path) => path === undefined)) return undefined;
  if (tlsCertificatePath === undefined || tlsPrivateKeyPath === undefined) {
    throw new Fault('invalid', 'TLS needs both --tls-certificate-path and --tls-private-key-path');
  }
  const paths = [tlsCertificatePath, tlsPrivateKeyPath, tlsClientAuthorityPath ?? []].flat();
  const parse = ([certificate, privateKey, authority]: readonly Buffer[]): ServerTls => {
    const tls = { certificate: certificate!, privateKey: privateKey!, authority };
    checkCertificates(tls);
    return tls;
  };
  return readNamed('--tls-certificate-path, --tls-private-key-path', { paths, parse, onRefused });
}

function readServerToken(path: string | undefined, onRefused: Warn): (() => string) | undefined {
  if (path === undefined) return undefined;
  const parse = ([content]: readonly Buffer[]) => {
    const text = content!.toString('utf8');
    if (readTokens(text).length === 0) throw new Error('it is empty');
    return text;
  };
  return readNamed('--token-path', { paths: [path], parse, onRefused });
}

function readNamed<Value>(flags: string, files: RotatedFiles<Value>): () => Value {
  try {
    return readRotated(files);
  } catch (cause) {
    const message = `${flags}: cannot use ${files.paths.join(', ')}: ${(cause as Error).message}`;
    throw new Fault('invalid', message, { cause });
  }
}
