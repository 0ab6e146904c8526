import { parse } from 'node:path';
import { createConstraintService } from '@holdfast/constraint';
import { createControllerService, type ServiceClients } from '@holdfast/controller';
import { createEncoderService, createImagePool, defaultImageWorkers } from '@holdfast/encoder';
import { createEngine, type EngineDescription, type ProviderRequest } from '@holdfast/engine';
import { createEvaluatorService } from '@holdfast/evaluator';
import { createOptimizerService } from '@holdfast/optimizer';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { createInProcessClient } from '@holdfast/service-kit';
import { nameCommand } from './name-command.js';
import { version } from './version.js';

/** How the engine may use this machine; absent: the defaults. */
export interface EngineLimits {
  readonly threads?: number | undefined;
  /** Threads for images. */
  readonly imageWorkers?: number | undefined;
  readonly activationBudgetBytes?: number | undefined;
  readonly executionProvider?: ProviderRequest | undefined;
}

/** All five services in this process, and the engine that encoder and optimizer share. */
export interface HostedServices extends ServiceClients {
  readonly controller: ControllerServiceClient;
  readonly engine: EngineDescription;
  close(): Promise<void>;
}

/**
 * Hosts the services for one person on one machine.
 *
 * @param runsPath where runs without a folder of their own go
 */
export async function hostServices(
  limits: EngineLimits,
  runsPath: string,
): Promise<HostedServices> {
  const { threads, activationBudgetBytes, executionProvider } = limits;
  const engine = await createEngine({
    ...(threads === undefined ? {} : { threads }),
    ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
    ...(executionProvider === undefined ? {} : { executionProvider }),
  });
  const imagePool = createImagePool(limits.imageWorkers ?? defaultImageWorkers());
  // The person at this terminal may read and write what the system lets them; a plan's data stay
  // confined to its data root.
  const roots = [parse(process.cwd()).root];
  const clients: ServiceClients = {
    encoder: createInProcessClient(
      EncoderServiceDefinition,
      createEncoderService({ engine, roots, imagePool }),
    ),
    optimizer: createInProcessClient(
      OptimizerServiceDefinition,
      createOptimizerService({ engine, roots }),
    ),
    constraint: createInProcessClient(ConstraintServiceDefinition, createConstraintService()),
    evaluator: createInProcessClient(EvaluatorServiceDefinition, createEvaluatorService()),
  };
  const controller = createInProcessClient(
    ControllerServiceDefinition,
    createControllerService({
      ...{ ...clients, runsPath, roots, version },
      command: nameCommand(process.env),
    }),
  );
  return {
    ...clients,
    controller,
    engine: engine.description,
    async close() {
      await imagePool.close();
      await engine.close();
    },
  };
}
