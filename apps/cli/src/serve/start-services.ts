import type { ConstraintSettings } from '@holdfast/constraint';
import type { ControllerSettings } from '@holdfast/controller';
import type { EncoderSettings } from '@holdfast/encoder';
import type { OptimizerSettings } from '@holdfast/optimizer';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import {
  createInProcessClient,
  type ServedService,
  type ServiceContext,
  type StartedService,
} from '@holdfast/service-kit';
import type { ServiceName } from './service-names.js';

/** The settings of all services; only those of the ones that start are read. */
export type ServeSettings = EncoderSettings &
  OptimizerSettings &
  ConstraintSettings &
  ControllerSettings;

/**
 * Starts services that share a process and, encoder and optimizer, an engine. A controller among them calls the others
 * without serialising. Only the packages of those that start are loaded.
 */
export async function startServices(
  names: ReadonlySet<ServiceName>,
  settings: ServeSettings,
  context: ServiceContext,
): Promise<StartedService> {
  const started: StartedService[] = [];
  const close = async () => {
    for (const { close } of started.toReversed()) await close?.();
  };
  const add = <Started extends StartedService>(service: Started): Started => {
    started.push(service);
    return service;
  };
  try {
    const encoder = names.has('encoder')
      ? add(await (await import('@holdfast/encoder')).encoderProgram.start(settings, context))
      : undefined;
    if (names.has('optimizer')) {
      const { optimizerProgram } = await import('@holdfast/optimizer');
      add(await optimizerProgram.start(settings, context, encoder?.shared));
    }
    if (names.has('constraint')) {
      add(await (await import('@holdfast/constraint')).constraintProgram.start(settings));
    }
    if (names.has('evaluator')) {
      add(await (await import('@holdfast/evaluator')).evaluatorProgram.start());
    }
    if (names.has('controller')) {
      const here = createClients(started.flatMap(({ services }) => services));
      const { controllerProgram } = await import('@holdfast/controller');
      add(await controllerProgram.start(settings, context, here));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    services: started.flatMap(({ services }) => services),
    listening(address) {
      for (const service of started) service.listening?.(address);
    },
    async drain() {
      await Promise.all(started.map((service) => service.drain?.()));
    },
    close,
  };
}

/** What a controller calls of the services of its process. */
function createClients(services: readonly ServedService[]) {
  function find<Definition extends ServedService['definition']>(definition: Definition) {
    const { fullName } = definition;
    const served = services.find((service) => service.definition.fullName === fullName);
    if (served === undefined) return undefined;
    // defineService checked the pair; a list of them has lost the type.
    return createInProcessClient(definition, served.implementation as never);
  }
  const [encoder, optimizer] = [find(EncoderServiceDefinition), find(OptimizerServiceDefinition)];
  const tensors = find(TensorServiceDefinition);
  const constraint = find(ConstraintServiceDefinition);
  const evaluator = find(EvaluatorServiceDefinition);
  return {
    ...(encoder && { encoder, encoderTensors: tensors! }),
    ...(optimizer && { optimizer, optimizerTensors: tensors! }),
    ...(constraint && { constraint, terms: find(TermServiceDefinition)! }),
    ...(evaluator && { evaluator }),
  };
}
