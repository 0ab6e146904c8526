import type { TensorChunk, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** A service that can give and take parameter-sized arrays: encoder and optimizer. */
export interface TensorHolder {
  readonly engineId: string;
  readTensor(request: { reference: TensorReference }): AsyncIterable<{
    chunk?: TensorChunk | undefined;
  }>;
  writeTensor(
    request: AsyncIterable<{ chunk: TensorChunk }>,
  ): Promise<{ reference?: TensorReference | undefined }>;
}

/**
 * Makes an array of one service usable by another.
 *
 * Services over one engine share its memory: the reference passes unchanged. Between engines the bytes
 * move, chunk by chunk, under the same array name.
 */
export async function shareTensor(
  reference: TensorReference,
  from: TensorHolder,
  to: TensorHolder,
): Promise<TensorReference> {
  if (reference.engineId === to.engineId) return reference;
  async function* relay() {
    for await (const { chunk } of from.readTensor({ reference })) {
      if (chunk === undefined) continue;
      yield {
        chunk: { ...chunk, reference: { ...reference, engineId: to.engineId, version: 0 } },
      };
    }
  }
  const written = await to.writeTensor(relay());
  return written.reference ?? { ...reference, engineId: to.engineId };
}
