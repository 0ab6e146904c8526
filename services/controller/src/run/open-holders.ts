import { Fault } from '@holdfast/fault';
import type {
  DescribeResponse,
  ParameterDescription,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { ServiceClients } from '../clients.js';
import type { TensorHolder } from '../share-tensor.js';

/** Who holds a run's arrays. */
export interface TensorHolders {
  readonly encoder: TensorHolder;
  readonly optimizer: TensorHolder;
}

/**
 * Finds out in which engines a run's arrays are.
 *
 * @throws Fault `precondition` if encoder and optimizer do not train the same parameters; names the first
 *   that differs.
 */
export async function openHolders(
  { encoderTensors, optimizerTensors }: ServiceClients,
  runId: string,
): Promise<TensorHolders> {
  const [encoder, optimizer] = await Promise.all([
    encoderTensors.describe({ runId }),
    optimizerTensors.describe({ runId }),
  ]);
  if (encoder.layoutSha256 !== optimizer.layoutSha256) {
    throw new Fault(
      'precondition',
      `encoder and optimizer do not train the same parameters: ${describeDifference(encoder, optimizer)}. Are they of one release, and do they see the same model?`,
    );
  }
  return {
    encoder: { engineId: encoder.engineId, tensors: encoderTensors },
    optimizer: { engineId: optimizer.engineId, tensors: optimizerTensors },
  };
}

function describeDifference(encoder: DescribeResponse, optimizer: DescribeResponse): string {
  const format = (parameter: ParameterDescription | undefined) =>
    parameter === undefined
      ? 'nothing'
      : `${parameter.name} [${parameter.shape}] at ${parameter.offsetElements}`;
  const length = Math.max(encoder.parameters.length, optimizer.parameters.length);
  for (let i = 0; i < length; i += 1) {
    const mine = format(encoder.parameters[i]);
    const theirs = format(optimizer.parameters[i]);
    if (mine !== theirs) return `the encoder has ${mine}, the optimizer ${theirs}`;
  }
  return `${encoder.elementCount} elements against ${optimizer.elementCount}`;
}
