import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import {
  accessShape,
  createRemoteClient,
  type RemoteClient,
  readClientAccess,
  type ServedService,
  toAccessFiles,
} from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceClients } from './clients.js';

const describeAddress = (service: string) => z.string().describe(`host:port of the ${service}.`);

/** Settings of a controller that say where the other services are and how to speak to them. */
export const connectionShape = {
  encoderAddress: describeAddress('encoder'),
  constraintAddress: describeAddress('constraint service'),
  optimizerAddress: describeAddress('optimizer'),
  evaluatorAddress: describeAddress('evaluator'),
  ...accessShape,
} as const;

/** The settings of {@link connectionShape}, read; the address of a service in this process is not asked for. */
export type ConnectionSettings = Partial<z.output<z.ZodObject<typeof connectionShape>>>;

/**
 * Makes clients of the four services; they connect at the first call.
 *
 * @param here the clients of those in this process
 * @throws Fault `invalid` if a named file cannot be read, or a service on another machine has no TLS.
 */
export async function connectServices(
  settings: ConnectionSettings,
  here: Partial<ServiceClients> = {},
): Promise<ServiceClients & { close(): void }> {
  const access = await readClientAccess(toAccessFiles(settings));
  const closers: (() => void)[] = [];
  function connect<Definition extends ServedService['definition']>(
    definition: Definition,
    address: string | undefined,
  ): RemoteClient<Definition>['client'] {
    if (address === undefined) throw new RangeError(`${definition.fullName} has no address`);
    const remote = createRemoteClient(definition, { ...access, address });
    closers.push(remote.close);
    return remote.client;
  }
  const { encoderAddress, constraintAddress, optimizerAddress, evaluatorAddress } = settings;
  return {
    encoder: here.encoder ?? connect(EncoderServiceDefinition, encoderAddress),
    constraint: here.constraint ?? connect(ConstraintServiceDefinition, constraintAddress),
    optimizer: here.optimizer ?? connect(OptimizerServiceDefinition, optimizerAddress),
    evaluator: here.evaluator ?? connect(EvaluatorServiceDefinition, evaluatorAddress),
    terms: here.terms ?? connect(TermServiceDefinition, constraintAddress),
    encoderTensors: here.encoderTensors ?? connect(TensorServiceDefinition, encoderAddress),
    optimizerTensors: here.optimizerTensors ?? connect(TensorServiceDefinition, optimizerAddress),
    close() {
      for (const close of closers) close();
    },
  };
}
