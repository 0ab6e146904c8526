import { describeError, Fault } from '@holdfast/fault';
import { z } from 'zod';
import { checkCertificates } from './certificate-provider.js';
import type { Logger } from './create-logger.js';
import type { RemoteClientOptions } from './create-remote-client.js';
import { readRotated } from './read-rotated.js';
import { readTokens } from './require-token.js';
import type { ServerSettings } from './server-settings.js';

/** Settings of a service that calls others: how it speaks to them. */
export const accessShape = {
  servicesAuthorityPath: z
    .string()
    .optional()
    .describe(
      "Authority of the other services' certificates, PEM; needed where they are on other machines.",
    ),
  servicesCertificatePath: z
    .string()
    .optional()
    .describe('Certificate to show to them, where they ask for one, PEM.'),
  servicesPrivateKeyPath: z.string().optional().describe('Its private key, PEM.'),
  servicesTokenPath: z.string().optional().describe('File with the bearer token they want.'),
} as const;

/** The settings of {@link accessShape}, read. */
export type AccessSettings = Partial<
  z.output<z.ZodObject<typeof accessShape>> & Pick<ServerSettings, 'insecureBehindMesh'>
>;

/** What those settings name. */
export function toAccessFiles(settings: AccessSettings): AccessFiles {
  return {
    authorityPath: settings.servicesAuthorityPath,
    certificatePath: settings.servicesCertificatePath,
    privateKeyPath: settings.servicesPrivateKeyPath,
    tokenPath: settings.servicesTokenPath,
    insecureBehindMesh: settings.insecureBehindMesh === 'true',
  };
}

/** The files that say how to speak to a service of another machine. */
export interface AccessFiles {
  /** Authority of its certificate, PEM. */
  readonly authorityPath?: string | undefined;
  /** Certificate to show to it, PEM. */
  readonly certificatePath?: string | undefined;
  /** The private key of that certificate, PEM. */
  readonly privateKeyPath?: string | undefined;
  /** Bearer token that it wants: the first line. */
  readonly tokenPath?: string | undefined;
  /** Whether a service mesh encrypts: it may be called without any of them. */
  readonly insecureBehindMesh?: boolean;
}

/** What a client shows to a service and trusts of it. */
export type ClientAccess = Pick<RemoteClientOptions, 'tls' | 'token' | 'insecureBehindMesh'>;

/**
 * Reads what a client shows to a service and trusts of it. Any certificate means TLS. Files that change are read again: the
 * next call carries the new token, the next connection the new certificate; what cannot be used leaves the last ones.
 *
 * @param logger is told of files that changed and cannot be used
 * @throws Fault `invalid` if a named file cannot be read or used.
 */
export function readClientAccess(
  { insecureBehindMesh, ...files }: AccessFiles,
  logger?: Pick<Logger, 'warn'>,
): ClientAccess {
  const refuseIn = (paths: readonly string[]) => (error: unknown) =>
    logger?.warn({ event: 'file.refused', paths, reason: describeError(error) });
  try {
    return {
      tls: readTls(files, refuseIn),
      token: readToken(files.tokenPath, refuseIn),
      ...(insecureBehindMesh && { insecureBehindMesh }),
    };
  } catch (cause) {
    const names = Object.values(files).filter((path) => path !== undefined);
    const message = `cannot use ${names.join(', ')}: ${(cause as Error).message}`;
    throw new Fault('invalid', message, { cause });
  }
}

/** Makes what is told that files cannot be used any more. */
type Refuse = (paths: readonly string[]) => (error: unknown) => void;

function readTls(files: AccessFiles, refuseIn: Refuse): RemoteClientOptions['tls'] {
  const entries = Object.entries({
    authority: files.authorityPath,
    certificate: files.certificatePath,
    privateKey: files.privateKeyPath,
  }).flatMap(([name, path]) => (path === undefined ? [] : [[name, path] as const]));
  if (entries.length === 0) return undefined;
  if ((files.certificatePath === undefined) !== (files.privateKeyPath === undefined)) {
    throw new Error('a certificate and its private key are needed together');
  }
  const paths = entries.map(([, path]) => path);
  return readRotated({
    paths,
    onRefused: refuseIn(paths),
    parse(contents) {
      const tls = Object.fromEntries(entries.map(([name], i) => [name, contents[i]]));
      checkCertificates(tls);
      return tls;
    },
  });
}

function readToken(path: string | undefined, refuseIn: Refuse): RemoteClientOptions['token'] {
  if (path === undefined) return undefined;
  return readRotated({
    paths: [path],
    onRefused: refuseIn([path]),
    parse([content]) {
      const [token] = readTokens(content!.toString('utf8'));
      if (token === undefined) throw new Error('the file of the token is empty');
      return token;
    },
  });
}
