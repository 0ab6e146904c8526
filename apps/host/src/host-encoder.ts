import { createEncoderService, createImagePool } from '@holdfast/encoder';
import { createEngine, createTensorService, type TensorPeers } from '@holdfast/engine';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  type TensorServiceClient,
  TensorServiceDefinition,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createInProcessClient } from '@holdfast/service-kit';
import type { EngineLimits } from './hosted-services.js';
import { machineRoots } from './machine-roots.js';

/** An encoder alone, with an engine of its own. */
export interface HostedEncoder {
  readonly encoder: EncoderServiceClient;
  readonly tensors: TensorServiceClient;
  close(): Promise<void>;
}

/** What it is made of. */
export interface HostEncoderOptions extends Pick<EngineLimits, 'threads' | 'imageWorkers'> {
  /** Whose arrays it fetches, and who its own. */
  readonly peers: TensorPeers;
}

/** Hosts one more encoder in this process. */
export async function hostEncoder({
  threads = 1,
  imageWorkers = 0,
  peers,
}: HostEncoderOptions): Promise<HostedEncoder> {
  const engine = await createEngine({ threads });
  const imagePool = createImagePool(imageWorkers);
  const service = createEncoderService({ engine, imagePool, roots: machineRoots() });
  return {
    encoder: createInProcessClient(EncoderServiceDefinition, service),
    tensors: createInProcessClient(TensorServiceDefinition, createTensorService(engine, peers)),
    async close() {
      await imagePool.close();
      await engine.close();
    },
  };
}
