import type { EngineDescription, ProviderRequest } from '@holdfast/engine';
import type { ConstraintServiceClient } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { EvaluatorServiceClient } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { OptimizerServiceClient } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { TermServiceClient } from '@holdfast/proto/holdfast/term/v1/term';

/** How the engine may use this machine; absent: the defaults. */
export interface EngineLimits {
  readonly threads?: number | undefined;
  /** Threads for images. */
  readonly imageWorkers?: number | undefined;
  readonly activationBudgetBytes?: number | undefined;
  readonly executionProvider?: ProviderRequest | undefined;
}

/** The four services that compute, ready to be called. A controller is made from them where runs are wanted. */
export interface HostedServices {
  readonly encoder: EncoderServiceClient;
  readonly constraint: ConstraintServiceClient;
  readonly optimizer: OptimizerServiceClient;
  readonly evaluator: EvaluatorServiceClient;
  /** Evaluates users' modules, which whoever hosts the services here may run anyway. */
  readonly terms: TermServiceClient;
  /** The arrays of the encoder's engine. */
  readonly encoderTensors: TensorServiceClient;
  /** The arrays of the optimizer's engine, which may be the same. */
  readonly optimizerTensors: TensorServiceClient;
  /** Of the encoder. */
  readonly engine: EngineDescription;
  close(): Promise<void>;
}
