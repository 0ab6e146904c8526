import { createConstraintService, createTermService } from '@holdfast/constraint';
import { createEncoderService, createImagePool, defaultImageWorkers } from '@holdfast/encoder';
import { createEngine, createTensorService, type TensorPeers } from '@holdfast/engine';
import { createEvaluatorService } from '@holdfast/evaluator';
import { createOptimizerService } from '@holdfast/optimizer';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { createInProcessClient } from '@holdfast/service-kit';
import type { EngineLimits, HostedServices } from './hosted-services.js';
import { machineRoots } from './machine-roots.js';

/**
 * Hosts the services in this process: encoder and optimizer share one engine, and nothing is serialised.
 *
 * @param peers other engines' services; absent: there are none
 */
export async function hostInProcess(
  limits: EngineLimits = {},
  peers?: TensorPeers,
): Promise<HostedServices> {
  const { threads, activationBudgetBytes, executionProvider } = limits;
  const engine = await createEngine({
    ...(threads === undefined ? {} : { threads }),
    ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
    ...(executionProvider === undefined ? {} : { executionProvider }),
  });
  const imagePool = createImagePool(limits.imageWorkers ?? defaultImageWorkers());
  const roots = machineRoots();
  const terms = createTermService({ allowModules: true });
  const tensors = createInProcessClient(
    TensorServiceDefinition,
    createTensorService(engine, peers),
  );
  return {
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
    terms: createInProcessClient(TermServiceDefinition, terms.implementation),
    encoderTensors: tensors,
    optimizerTensors: tensors,
    engine: engine.description,
    async close() {
      await terms.close();
      await imagePool.close();
      await engine.close();
    },
  };
}
