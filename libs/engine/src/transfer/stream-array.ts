import { Fault } from '@holdfast/fault';
import type { TensorChunk, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toBytes } from '@holdfast/tensor';
import type { Engine } from '../engine.js';
import { resolveReference, toReference } from './array-reference.js';

/** 1 MiB of float32. */
export const chunkElementsMax = 2 ** 18;

/**
 * The pieces of an array, in order, each at most 1 MiB.
 *
 * @throws Fault `invalid` or `precondition` for a reference that cannot be followed, `aborted` if the
 *   array is written while it is read.
 */
export async function* streamArray(
  engine: Engine,
  reference: TensorReference | undefined,
): AsyncGenerator<TensorChunk> {
  const { runId, array } = await resolveReference(engine, reference, 'reference');
  const { version } = await engine.readVersion({ runId, array });
  const named = toReference(engine, runId, { array, version });
  const length = await engine.readLength({ runId });
  for (let offset = 0; offset < length; offset += chunkElementsMax) {
    const count = Math.min(chunkElementsMax, length - offset);
    const data = await engine.readArray({ runId, array, offset, count });
    if ((await engine.readVersion({ runId, array })).version !== version) {
      throw new Fault('aborted', `${array} of run ${runId} was written while it was read`);
    }
    const { buffer, byteOffset, byteLength } = toBytes(data);
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    yield { reference: named, offsetElements: offset, data: bytes };
  }
}
