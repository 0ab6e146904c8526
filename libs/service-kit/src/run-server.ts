import { isFault } from '@holdfast/fault';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { collectProcessMetrics } from './collect-process-metrics.js';
import { collectSeldom } from './collect-seldom.js';
import { createLogger, type Logger } from './create-logger.js';
import { describeSettings, readSettings, type SettingsShape } from './read-settings.js';
import { resolveServerSettings, type ServerSettings, serverShape } from './server-settings.js';
import { type RunningServer, type ServedService, startServer } from './start-server.js';
import { startTracing } from './start-tracing.js';
import type { Tracing } from './tracing.js';

/** What a service gives to its server. */
export interface StartedService {
  readonly services: readonly ServedService[];
  /** Called once the server listens, with its `host:port`: begins work that nobody called for. */
  listening?(address: string): void;
  /** Called when draining begins: ends work that would hold open calls. */
  drain?(): Promise<void>;
  /** Called when no call is under way any more: frees what the service holds. */
  close?(): Promise<void>;
}

/** What a server gives to the services that start in it. */
export interface ServiceContext {
  readonly logger: Logger;
  /** Takes metrics of their own. */
  readonly registry: Registry;
}

/** A service's program. */
export interface ServerProgram<Shape extends SettingsShape> {
  /** `encoder`: in variables and logs. */
  readonly name: string;
  /** What `--help` says of how to call it; default `holdfast serve` and its name. */
  readonly usage?: string;
  /** The service's own settings, beside those of every server. */
  readonly settings: Shape;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  /** Makes the services. */
  start(
    settings: ServerSettings & z.output<z.ZodObject<Shape>>,
    context: ServiceContext,
  ): Promise<StartedService>;
}

/**
 * The whole of a service's `main.ts`: reads settings, starts the server, logs where it listens, and
 * drains on SIGTERM and SIGINT (at once on a second one). Problems go to stderr, one a line, with
 * exit code 1; `--help` lists the flags.
 *
 * @returns the server, or undefined if it did not start
 */
export async function runServer<Shape extends SettingsShape>(
  program: ServerProgram<Shape>,
): Promise<RunningServer | undefined> {
  const shape = { ...serverShape, ...program.settings };
  if (program.argv.includes('--help')) {
    process.stdout.write(describeSettings(shape, program));
    return undefined;
  }
  try {
    return await start(program);
  } catch (error) {
    process.exitCode = 1;
    if (!isFault(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
}

async function start<Shape extends SettingsShape>(
  program: ServerProgram<Shape>,
): Promise<RunningServer> {
  const { name } = program;
  const settings = readSettings(
    { ...serverShape, ...program.settings },
    program,
  ) as ServerSettings & z.output<z.ZodObject<Shape>>;
  collectSeldom();
  const logger = createLogger(name, settings.logLevel);
  const options = resolveServerSettings(settings, logger);
  const registry = new Registry();
  collectProcessMetrics(registry);
  const tracing = await startTracing(name, program.environment, (reason) =>
    logger.warn({ event: 'traces.failed', reason }),
  );
  const service = await program.start(settings, { logger, registry });
  const { services } = service;
  const server = await startServer({ ...options, services, registry, logger }).catch(
    async (error) => {
      await service.close?.();
      throw error;
    },
  );
  const { address, metricsPort } = server;
  logger.info({ event: 'server.listening', address, metricsPort });
  service.listening?.(address);
  const timeoutMs = settings.drainTimeoutSeconds * 1000;
  const close = createClose({ server, service, logger, timeoutMs, tracing });
  stopOnSignals(close, settings.drainedExitCode);
  return { ...server, close };
}

function createClose(parts: {
  readonly server: RunningServer;
  readonly service: StartedService;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly tracing: Tracing | undefined;
}): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async () => {
    const { server, service, logger, timeoutMs, tracing } = parts;
    logger.info({ event: 'server.draining' });
    await Promise.all([server.close(timeoutMs), service.drain?.()]);
    await service.close?.();
    await tracing?.close();
    logger.info({ event: 'server.closed' });
  };
  return () => {
    closing ??= close();
    return closing;
  };
}

function stopOnSignals(close: () => Promise<void>, exitCode: number): void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const stop = () => {
    for (const signal of signals) process.off(signal, stop);
    // With the handlers gone, a second signal ends the process at once.
    close().then(
      () => {
        process.exitCode = exitCode;
      },
      (error) => {
        process.exitCode = 1;
        process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
}
