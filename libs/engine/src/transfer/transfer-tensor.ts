import type { TensorChunk, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { receiveArray } from './receive-array.js';
import { streamArray } from './stream-array.js';

/** Makes a service's ReadTensor: it streams an array of this engine out. */
export function createReadTensor(engine: Engine) {
  return async function* (request: {
    reference?: TensorReference | undefined;
  }): AsyncGenerator<{ chunk: TensorChunk }> {
    for await (const chunk of streamArray(engine, request.reference)) yield { chunk };
  };
}

/** Makes a service's WriteTensor: it streams an array into this engine; it counts once it is whole. */
export function createWriteTensor(engine: Engine) {
  return async (
    requests: AsyncIterable<{ chunk?: TensorChunk | undefined }>,
  ): Promise<{ reference: TensorReference }> => {
    async function* chunks() {
      for await (const { chunk } of requests) yield chunk;
    }
    return { reference: await receiveArray(engine, chunks()) };
  };
}
