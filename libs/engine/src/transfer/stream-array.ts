import { Fault } from '@holdfast/fault';
import type { ReadRequest, TensorChunk } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { type NamedArray, resolveReference, toReference } from './array-reference.js';
import { chunkBytesMax, encodeElements, parseWireType } from './wire-type.js';

/**
 * The pieces of an array, in order, each at most 1 MiB.
 *
 * @throws Fault `invalid`, `not-open` or `out-of-step` for a request that cannot be followed, `aborted` if the
 *   array is written while it is read.
 */
export async function* streamArray(
  engine: Engine,
  { reference, dataType }: ReadRequest,
): AsyncGenerator<TensorChunk> {
  const type = parseWireType(dataType, 'data_type');
  const named = await resolveReference(engine, reference, 'reference');
  const { runId, array } = named;
  const { writes, version } = await engine.readVersion({ runId, array });
  if (version !== named.version) throw refuseChanged(named);
  const { length, sha256: layoutSha256 } = await engine.describeLayout({ runId });
  const chunkElementsMax = chunkBytesMax / type.size;
  for (let offset = 0; offset < length; offset += chunkElementsMax) {
    const count = Math.min(chunkElementsMax, length - offset);
    const elements = await engine.readArray({ runId, array, offset, count });
    if ((await engine.readVersion({ runId, array })).writes !== writes) throw refuseChanged(named);
    yield {
      reference: toReference(engine, runId, named),
      layoutSha256,
      dataType,
      offsetElements: BigInt(offset),
      data: encodeElements(type, elements),
    };
  }
}

function refuseChanged({ runId, array }: NamedArray): Fault {
  return new Fault('aborted', `${array} of run ${runId} was written while it was read`);
}
