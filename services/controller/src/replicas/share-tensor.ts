import {
  DataType,
  type TensorReference,
  type TensorServiceClient,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** An engine that gives and takes parameter-sized arrays: the encoder's, or the optimizer's. */
export interface TensorHolder {
  readonly engineId: string;
  readonly tensors: Pick<TensorServiceClient, 'read' | 'write'>;
}

/**
 * Makes an array of one service usable by another.
 *
 * Services over one engine share its memory: the reference passes unchanged. Between engines the bytes
 * move, chunk by chunk and as float32, so that no bit of them changes.
 */
export async function shareTensor(
  reference: TensorReference,
  from: TensorHolder,
  to: TensorHolder,
): Promise<TensorReference> {
  if (reference.engineId === to.engineId) return reference;
  const moved = { ...reference, engineId: to.engineId };
  async function* relay() {
    const request = { reference, dataType: DataType.DATA_TYPE_FLOAT32 };
    for await (const { chunk } of from.tensors.read(request)) {
      if (chunk === undefined) continue;
      yield { chunk: { ...chunk, reference: moved } };
    }
  }
  const written = await to.tensors.write(relay());
  return written.reference ?? moved;
}
