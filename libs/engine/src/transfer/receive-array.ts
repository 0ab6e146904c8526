import { Fault } from '@holdfast/fault';
import type { TensorChunk, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { type NamedArray, parseReference, toReference } from './array-reference.js';
import { chunkElementsMax } from './stream-array.js';

/** Runs into whose engine an array is being written. */
const receiving = new WeakMap<Engine, Set<string>>();

/**
 * Takes an array in, piece by piece. It becomes visible, as a whole, after the last piece.
 *
 * @throws Fault `invalid` if a piece does not follow the one before, is too large, or the array is
 *   incomplete; `aborted` if another array is being written to the same run.
 */
export async function receiveArray(
  engine: Engine,
  chunks: AsyncIterable<TensorChunk | undefined>,
): Promise<TensorReference> {
  const runs = receiving.get(engine) ?? new Set();
  receiving.set(engine, runs);
  let target: NamedArray | undefined;
  let next = 0;
  try {
    for await (const chunk of chunks) {
      target ??= begin(engine, chunk?.reference, runs);
      const data = readPiece(chunk, next);
      const { runId } = target;
      const end = next + data.length;
      const length = await engine.readLength({ runId });
      if (end > length) throw refuse(`the array has ${length} elements, not ${end} or more`);
      await engine.writeArray({ runId, array: 'staging', offset: next, data });
      next = end;
    }
    if (target === undefined) throw refuse('the stream has no chunk');
    return await finish(engine, target, next);
  } finally {
    if (target !== undefined) runs.delete(target.runId);
  }
}

function begin(
  engine: Engine,
  reference: TensorReference | undefined,
  runs: Set<string>,
): NamedArray {
  const target = parseReference(engine, reference, 'chunk.reference');
  if (target.array === 'reference') {
    throw refuse('`reference` is the model that the run was opened with: it is not written');
  }
  if (runs.has(target.runId)) {
    throw new Fault('aborted', `an array of run ${target.runId} is being written by another call`);
  }
  runs.add(target.runId);
  return target;
}

function readPiece(chunk: TensorChunk | undefined, next: number): Float32Array {
  const { data = new Uint8Array(), offsetElements = 0 } = chunk ?? {};
  if (offsetElements !== next) {
    throw refuse(`chunk.offset_elements is ${offsetElements}; the next piece starts at ${next}`);
  }
  if (data.byteLength % 4 !== 0 || data.byteLength === 0) {
    throw refuse(`chunk.data has ${data.byteLength} bytes, not a positive multiple of 4`);
  }
  if (data.byteLength > 4 * chunkElementsMax) {
    throw refuse(`chunk.data has ${data.byteLength} bytes, more than ${4 * chunkElementsMax}`);
  }
  // A copy: the engine takes the array away, the message belongs to the caller.
  const copy = new Uint8Array(data);
  return new Float32Array(copy.buffer, 0, copy.byteLength / 4);
}

async function finish(
  engine: Engine,
  { runId, array }: NamedArray,
  received: number,
): Promise<TensorReference> {
  const length = await engine.readLength({ runId });
  if (received !== length) {
    throw refuse(`the stream ended after ${received} of ${length} elements`);
  }
  return toReference(engine, runId, await engine.copyArray({ runId, from: 'staging', to: array }));
}

function refuse(message: string): Fault {
  return new Fault('invalid', `WriteTensor: ${message}`, {
    violations: [{ field: 'chunk', description: message }],
  });
}
