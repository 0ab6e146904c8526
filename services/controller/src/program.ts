import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { resolveName } from '@holdfast/artifacts';
import { describeError } from '@holdfast/fault';
import { ControllerServiceDefinition } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  defineService,
  folderList,
  type ServiceContext,
  type StartedService,
} from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceClients } from './clients.js';
import { type ConnectionSettings, connectionShape, connectServices } from './connect-services.js';
import { createRunLog } from './observe/run-log.js';
import { createRunMetrics } from './observe/run-metrics.js';
import { watchRunsFolder } from './observe/runs-folder.js';
import { joinObservers } from './run/run-observer.js';
import { defaultLimits } from './service/controller-options.js';
import { createControllerService } from './service/create-controller-service.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Between two looks at what controllers of the same folder left. */
const restoreEveryMs = 30_000;

const ownSettings = {
  roots: folderList.describe('Folders that plans, data, models and runs lie in.'),
  runsPath: z.string().describe('Folder of the runs that name none of their own.'),
  concurrentRuns: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(defaultLimits.concurrentRuns)
    .describe('Runs to work on at once; the others wait.'),
  queuedRuns: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(defaultLimits.queuedRuns)
    .describe('Runs that may wait; more are refused.'),
  runsPerCaller: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Runs of one caller that may wait or go on; absent: no limit.'),
  resume: z
    .enum(['none', 'interrupted'])
    .default('none')
    .describe('Runs of earlier processes to go on with: none, or the interrupted ones.'),
  checkpointEvery: z.coerce
    .number()
    .positive()
    .default(600)
    .describe('Seconds between two checkpoints of a run at most, those of its plan besides.'),
} as const;

/** The settings of a controller, read. */
export type ControllerSettings = ConnectionSettings & z.output<z.ZodObject<typeof ownSettings>>;

/**
 * Starts a controller.
 *
 * @param here the services of this process, called without a connection; of the others the settings name the address
 */
async function start(
  {
    roots,
    runsPath,
    resume,
    checkpointEvery,
    concurrentRuns,
    queuedRuns,
    runsPerCaller,
    ...settings
  }: ControllerSettings,
  { logger, registry }: ServiceContext,
  here: Partial<ServiceClients> = {},
): Promise<StartedService> {
  const onLookUpFailure = (name: string, error: unknown) =>
    logger.warn({ event: 'encoders.not-found', name, reason: describeError(error) });
  const options = { registry, logger, onLookUpFailure };
  const { close, dependencies, ...clients } = await connectServices(settings, options, here);
  const folder = resolveName('.', runsPath);
  const needs = [watchRunsFolder(folder, registry), ...dependencies];
  const service = createControllerService({
    ...clients,
    roots,
    checkpointEverySeconds: checkpointEvery,
    resumesInterrupted: resume === 'interrupted',
    runsPath: folder,
    limits: { concurrentRuns, queuedRuns, runsPerCaller },
    version,
    command: 'holdfast',
    observer: joinObservers([createRunMetrics(registry), createRunLog(logger)]),
  });
  // Before anybody can ask: a run that will be taken up is said to wait.
  const onRefused = (runPath: string, error: unknown) =>
    logger.warn({ event: 'run.not-resumed', runPath, reason: describeError(error) });
  const restoring = { resumesInterrupted: resume === 'interrupted', onRefused };
  await service.restore(restoring);
  const draining = new AbortController();
  const { signal } = draining;
  async function keepRestoring(): Promise<void> {
    while (!signal.aborted) {
      await service.restoreLeft(restoring).catch((error) => onRefused(runsPath, error));
      await delay(restoreEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return {
    services: [defineService(ControllerServiceDefinition, service, needs)],
    listening() {
      service.begin();
      void keepRestoring();
    },
    drain() {
      draining.abort();
      return service.stop();
    },
    close: async () => close(),
  };
}

/** The controller as a program. */
export const controllerProgram = {
  name: 'controller',
  settings: { ...connectionShape, ...ownSettings },
  start,
} as const;
