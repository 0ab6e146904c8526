import { Fault } from '@holdfast/fault';
import type { ReadRequest, TensorChunk } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { resolveReference, toReference } from './array-reference.js';
import { chunkBytesMax, encodeElements, parseWireType } from './wire-type.js';

/**
 * The pieces of an array, in order, each at most 1 MiB.
 *
 * @throws Fault `invalid` or `precondition` for a request that cannot be followed, `aborted` if the
 *   array is written while it is read.
 */
export async function* streamArray(
  engine: Engine,
  { reference, dataType }: ReadRequest,
): AsyncGenerator<TensorChunk> {
  const type = parseWireType(dataType, 'data_type');
  const { runId, array } = await resolveReference(engine, reference, 'reference');
  const { version } = await engine.readVersion({ runId, array });
  const named = toReference(engine, runId, { array, version });
  const { length, sha256: layoutSha256 } = await engine.describeLayout({ runId });
  const chunkElementsMax = chunkBytesMax / type.size;
  for (let offset = 0; offset < length; offset += chunkElementsMax) {
    const count = Math.min(chunkElementsMax, length - offset);
    const elements = await engine.readArray({ runId, array, offset, count });
    if ((await engine.readVersion({ runId, array })).version !== version) {
      throw new Fault('aborted', `${array} of run ${runId} was written while it was read`);
    }
    yield {
      ...{ reference: named, layoutSha256, dataType },
      ...{ offsetElements: BigInt(offset), data: encodeElements(type, elements) },
    };
  }
}
