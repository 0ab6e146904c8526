import { readFile } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';
import type { RemoteClientOptions } from './create-remote-client.js';

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
export type AccessSettings = Partial<z.output<z.ZodObject<typeof accessShape>>>;

/** The files that those settings name. */
export function toAccessFiles(settings: AccessSettings): AccessFiles {
  return {
    authorityPath: settings.servicesAuthorityPath,
    certificatePath: settings.servicesCertificatePath,
    privateKeyPath: settings.servicesPrivateKeyPath,
    tokenPath: settings.servicesTokenPath,
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
  /** Bearer token that it wants. */
  readonly tokenPath?: string | undefined;
}

/**
 * Reads what a client shows to a service and trusts of it. Any certificate means TLS.
 *
 * @throws Fault `invalid` if a named file cannot be read.
 */
export async function readClientAccess(
  files: AccessFiles,
): Promise<Pick<RemoteClientOptions, 'tls' | 'token'>> {
  const authority = await readOptional(files.authorityPath);
  const certificate = await readOptional(files.certificatePath);
  const privateKey = await readOptional(files.privateKeyPath);
  const token = (await readOptional(files.tokenPath))?.toString('utf8').trim();
  const isSecure = authority !== undefined || certificate !== undefined || privateKey !== undefined;
  return { tls: isSecure ? { authority, certificate, privateKey } : undefined, token };
}

async function readOptional(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return readFile(path).catch((cause: Error) => {
    throw new Fault('invalid', `cannot read ${path}: ${cause.message}`, { cause });
  });
}
