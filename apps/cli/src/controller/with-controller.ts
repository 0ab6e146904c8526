import { Fault, isFault } from '@holdfast/fault';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient, type RemoteClientOptions } from '@holdfast/service-kit';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import type { Terminal } from '../terminal/terminal.js';
import { type AccessOptions, addAccessOptions, readAccess } from './access-options.js';

/** Options of the commands that call a controller. */
export interface ControllerOptions extends AccessOptions {
  readonly controller?: string | true;
}

const defaultAddress = '127.0.0.1:50050';
/** How long a controller may take to be there. A person who mistyped an address wants to know. */
const connectWaitMs = 5000;
/** Time after which a person is told what they wait for. */
const noticeMs = 500;

/** Adds the options that say where the controller is and how to speak to it. */
export function addControllerOptions(command: Command, value = '<address>'): Command {
  return addAccessOptions(
    command.option(
      `--controller ${value}`,
      `host:port of the controller (default: HOLDFAST_CONTROLLER, else ${defaultAddress})`,
    ),
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
  const named = options.controller === true ? undefined : options.controller;
  const address = named ?? (terminal.environment.HOLDFAST_CONTROLLER || defaultAddress);
  const access = readAccess(options, terminal);
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
