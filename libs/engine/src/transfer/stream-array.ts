import type { ReadRequest, TensorChunk } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { resolveReference } from './array-reference.js';
import { lendBytes } from './lend-bytes.js';
import { createPieceMemory, pieceElements } from './piece-memory.js';
import { encodeElements, parseWireType } from './wire-type.js';

/**
 * The pieces of an array, in order, each of `pieceElements`. Their bytes are lent: whoever gives them back gets them again.
 *
 * @throws Fault `invalid`, `not-open` or `out-of-step` for a request that cannot be followed, `aborted` if the
 *   array is written while it is read.
 */
export async function* streamArray(
  engine: Engine,
  { reference, dataType }: ReadRequest,
): AsyncGenerator<TensorChunk> {
  const type = parseWireType(dataType, 'data_type');
  const { runId, array, writes } = await resolveReference(engine, reference, 'reference');
  const { length, sha256: layoutSha256 } = await engine.describeLayout({ runId });
  const memory = createPieceMemory();
  const read = (offset: number) => {
    const count = Math.min(pieceElements, length - offset);
    const into = memory.take(count);
    const elements = engine.readArray({ runId, array, offset, count, writes, into });
    // Whoever stops reading leaves one that nobody waits for.
    elements.catch(() => {});
    return elements;
  };
  let next = read(0);
  for (let offset = 0; offset < length; offset += pieceElements) {
    const elements = await next;
    // Read while this one is sent.
    if (offset + pieceElements < length) next = read(offset + pieceElements);
    yield {
      reference: offset === 0 ? reference : undefined,
      layoutSha256,
      dataType,
      offsetElements: BigInt(offset),
      data: lendBytes(encodeElements(type, elements), () => memory.put(elements)),
    };
  }
}
