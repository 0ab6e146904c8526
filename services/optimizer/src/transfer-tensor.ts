import { type Engine, receiveArray, streamArray } from '@holdfast/engine';
import type {
  ReadTensorRequest,
  ReadTensorResponse,
  WriteTensorRequest,
  WriteTensorResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';

/** Streams an array of this engine out. */
export function createReadTensor(engine: Engine) {
  return async function* (request: ReadTensorRequest): AsyncGenerator<ReadTensorResponse> {
    for await (const chunk of streamArray(engine, request.reference)) yield { chunk };
  };
}

/** Streams an array into this engine; it counts once it is whole. */
export function createWriteTensor(engine: Engine) {
  return async (requests: AsyncIterable<WriteTensorRequest>): Promise<WriteTensorResponse> => {
    async function* chunks() {
      for await (const { chunk } of requests) yield chunk;
    }
    return { reference: await receiveArray(engine, chunks()) };
  };
}
