import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** An encoder, and the arrays of its engine. */
export interface Replica {
  /** `host:port`; empty in this process. No two replicas have the same. */
  readonly address: string;
  readonly encoder: EncoderServiceClient;
  readonly tensors: TensorServiceClient;
}

/** The encoders that may be called, as they come and go. */
export interface ReplicaSource {
  /** Those that are there as far as is known, in the order in which their gradients are added. */
  list(): readonly Replica[];
}
