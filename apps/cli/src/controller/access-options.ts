import { resolve } from 'node:path';
import { type ClientAccess, readClientAccess } from '@holdfast/service-kit';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';

/** Options that say how to speak to a service. */
export interface AccessOptions {
  readonly tokenPath?: string;
  readonly authorityPath?: string;
  readonly certificatePath?: string;
  readonly privateKeyPath?: string;
  readonly insecureBehindMesh?: boolean;
}

/** Adds the options that say how to speak to a service. */
export function addAccessOptions(command: Command): Command {
  return command
    .option('--token-path <file>', 'bearer token that it wants (or HOLDFAST_TOKEN_PATH)')
    .option(
      '--authority-path <file>',
      'authority of its certificate, PEM (or HOLDFAST_AUTHORITY_PATH); needed on another machine',
    )
    .option(
      '--certificate-path <file>',
      'certificate to show to it, PEM (or HOLDFAST_CERTIFICATE_PATH)',
    )
    .option('--private-key-path <file>', 'its private key, PEM (or HOLDFAST_PRIVATE_KEY_PATH)')
    .option(
      '--insecure-behind-mesh',
      'speak to it without TLS: a service mesh encrypts (or HOLDFAST_INSECURE_BEHIND_MESH=true)',
    );
}

/** What the options say, else the environment. @throws Fault `invalid` if a file cannot be used. */
export function readAccess(
  options: AccessOptions,
  { cwd, environment }: Pick<Terminal, 'cwd' | 'environment'>,
): ClientAccess {
  const at = (path: string | undefined) => (path ? resolve(cwd, path) : undefined);
  return readClientAccess({
    tokenPath: at(options.tokenPath ?? environment.HOLDFAST_TOKEN_PATH),
    authorityPath: at(options.authorityPath ?? environment.HOLDFAST_AUTHORITY_PATH),
    certificatePath: at(options.certificatePath ?? environment.HOLDFAST_CERTIFICATE_PATH),
    privateKeyPath: at(options.privateKeyPath ?? environment.HOLDFAST_PRIVATE_KEY_PATH),
    insecureBehindMesh:
      options.insecureBehindMesh ?? environment.HOLDFAST_INSECURE_BEHIND_MESH === 'true',
  });
}
