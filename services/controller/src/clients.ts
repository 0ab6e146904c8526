import type { ConstraintServiceClient } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { EvaluatorServiceClient } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { OptimizerServiceClient } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { TermServiceClient } from '@holdfast/proto/holdfast/term/v1/term';
import type { ReplicaSource } from './replicas/replica.js';

/** The four services that a controller calls; in this process or behind gRPC, the interface is the same. */
export interface ServiceClients {
  readonly encoder: EncoderServiceClient;
  readonly constraint: ConstraintServiceClient;
  readonly optimizer: OptimizerServiceClient;
  readonly evaluator: EvaluatorServiceClient;
  /** Evaluates users' modules; beside the constraint service. */
  readonly terms: TermServiceClient;
  /** The arrays of the encoder's engine. */
  readonly encoderTensors: TensorServiceClient;
  /** The arrays of the optimizer's engine, which may be the same. */
  readonly optimizerTensors: TensorServiceClient;
  /** The encoders, where there may be several: runs are made of them, and `encoder` is one. */
  readonly replicas?: ReplicaSource | undefined;
  /**
   * Waits about a minute for the services in other processes, before a run begins; absent where all are in this one.
   * @throws Fault `unavailable` with the service's name and address, `precondition` if another one answers there.
   */
  readonly meet?: (signal: AbortSignal) => Promise<void>;
}

/** The encoders that runs are made of: those that come and go, or the only one. */
export function replicasOf({
  replicas,
  encoder,
  encoderTensors,
}: Pick<ServiceClients, 'replicas' | 'encoder' | 'encoderTensors'>): ReplicaSource {
  const alone = [{ address: '', encoder, tensors: encoderTensors }];
  return replicas ?? { list: () => alone };
}
