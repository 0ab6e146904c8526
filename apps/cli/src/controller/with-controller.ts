import { resolve } from 'node:path';
import { Fault, isFault } from '@holdfast/fault';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  createRemoteClient,
  type RemoteClientOptions,
  readClientAccess,
} from '@holdfast/service-kit';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import type { Terminal } from '../terminal/terminal.js';

/** Options of the commands that call a controller. */
export interface ControllerOptions {
  readonly controller?: string | true;
  readonly tokenPath?: string;
  readonly authorityPath?: string;
  readonly certificatePath?: string;
  readonly privateKeyPath?: string;
  readonly insecureBehindMesh?: boolean;
}

const defaultAddress = '127.0.0.1:50050';
/** How long a controller may take to be there. A person who mistyped an address wants to know. */
const connectWaitMs = 5000;
/** Time after which a person is told what they wait for. */
const noticeMs = 500;

/** Adds the options that say where the controller is and how to speak to it. */
export function addControllerOptions(command: Command, value = '<address>'): Command {
  return command
    .option(
      `--controller ${value}`,
      `host:port of the controller (default: HOLDFAST_CONTROLLER, else ${defaultAddress})`,
    )
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

/**
 * Does work with a controller in another process.
 *
 * @throws Fault `unavailable` if none answers within a few seconds, `not-found` if what answers is none.
 */
export async function withController<T>(
  options: ControllerOptions,
  terminal: Terminal,
  work: (controller: ControllerServiceClient) => Promise<T>,
): Promise<T> {
  const { environment, cwd } = terminal;
  const named = options.controller === true ? undefined : options.controller;
  const address = named ?? (environment.HOLDFAST_CONTROLLER || defaultAddress);
  const at = (path: string | undefined) => (path ? resolve(cwd, path) : undefined);
  const access = readClientAccess({
    tokenPath: at(options.tokenPath ?? environment.HOLDFAST_TOKEN_PATH),
    authorityPath: at(options.authorityPath ?? environment.HOLDFAST_AUTHORITY_PATH),
    certificatePath: at(options.certificatePath ?? environment.HOLDFAST_CERTIFICATE_PATH),
    privateKeyPath: at(options.privateKeyPath ?? environment.HOLDFAST_PRIVATE_KEY_PATH),
    insecureBehindMesh:
      options.insecureBehindMesh ?? environment.HOLDFAST_INSECURE_BEHIND_MESH === 'true',
  });
  // A person is told at once that a controller is busy; who watches waits for it with `watchEvents`.
  const connection = { ...access, address, attemptsMax: 1 };
  const remote = createRemoteClient(ControllerServiceDefinition, connection);
  try {
    await findController(connection, terminal);
    return await work(remote.client);
  } catch (error) {
    if (!isFault(error) || error.kind !== 'unauthenticated') throw error;
    const message = `${error.message}; name what this controller wants: --token-path, or --certificate-path and --private-key-path`;
    throw new Fault('unauthenticated', message, { cause: error });
  } finally {
    remote.close();
  }
}

async function findController(options: RemoteClientOptions, terminal: Terminal): Promise<void> {
  const { address } = options;
  const { client, close } = createRemoteClient(HealthDefinition, { ...options, connectWaitMs });
  const notice = setTimeout(
    () => terminal.progress.write(`Waiting for a controller at ${address} ...\n`),
    noticeMs,
  );
  try {
    await client.check({ service: ControllerServiceDefinition.fullName });
  } catch (error) {
    throw isFault(error) ? explain(error, address, nameCommand(terminal.environment)) : error;
  } finally {
    clearTimeout(notice);
    close();
  }
}

function explain(cause: Fault, address: string, holdfast: string): Fault {
  if (cause.kind === 'not-found') {
    const message = `what answers at ${address} serves no controller; say where one is with --controller`;
    return new Fault('not-found', message, { cause });
  }
  if (cause.kind !== 'unavailable') return cause;
  const message = `no controller answers at ${address}: start one with '${holdfast} serve all', or say where it is with --controller\n${cause.message}`;
  return new Fault('unavailable', message, { cause });
}

/** The option that names the same controller again, for a command that a person is told to type. */
export function repeatOption({ controller }: ControllerOptions): string {
  return typeof controller === 'string' ? ` --controller ${controller}` : '';
}
