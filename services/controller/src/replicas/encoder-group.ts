import { Fault } from '@holdfast/fault';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type {
  DescribeResponse,
  ParameterDescription,
  TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { ServiceClients } from '../clients.js';
import { shareTensor } from './share-tensor.js';

/**
 * The encoders of a run behind the interface of one: it knows where their arrays are. One member for now; with more,
 * a batch is divided here (`first_index`), and the members' gradients are summed in their order.
 */
export interface EncoderGroup extends Pick<EncoderServiceClient, 'encode' | 'prefetch'> {
  /** Takes gradients of embeddings back through the towers; answers the weights' gradient, in the optimizer's engine. */
  backpropagate(
    request: Parameters<EncoderServiceClient['backpropagate']>[0],
  ): Promise<TensorReference>;
  /** Gives every member an array of the optimizer's engine; answers its name there. */
  receive(array: TensorReference | undefined): Promise<TensorReference>;
}

/**
 * Finds out in which engines a run's arrays are, and makes its encoders one.
 *
 * @throws Fault `precondition` if encoder and optimizer do not train the same parameters; names the first
 *   that differs.
 */
export async function openEncoderGroup(
  clients: ServiceClients,
  runId: string,
): Promise<EncoderGroup> {
  const { encoder, encoderTensors, optimizerTensors } = clients;
  const [mine, theirs] = await Promise.all([
    encoderTensors.describe({ runId }),
    optimizerTensors.describe({ runId }),
  ]);
  if (mine.layoutSha256 !== theirs.layoutSha256) {
    throw new Fault(
      'precondition',
      `encoder and optimizer do not train the same parameters: ${describeDifference(mine, theirs)}. Are they of one release, and do they see the same model?`,
    );
  }
  const member = { ...mine, tensors: encoderTensors };
  const optimizer = { ...theirs, tensors: optimizerTensors };
  return {
    encode: (request, options) => encoder.encode(request, options),
    prefetch: (request, options) => encoder.prefetch(request, options),
    async backpropagate(request) {
      const { gradient } = await encoder.backpropagate(request);
      return shareTensor(requireAnswer(gradient, 'the encoder'), member, optimizer);
    },
    receive: async (array) => shareTensor(requireAnswer(array, 'the optimizer'), optimizer, member),
  };
}

function requireAnswer(array: TensorReference | undefined, from: string): TensorReference {
  if (array !== undefined) return array;
  throw new Fault('internal', `${from} answered no array`);
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
