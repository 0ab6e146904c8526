import { Fault } from '@holdfast/fault';
import type { ShareRequest, ShareResponse } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { resolveReference } from './array-reference.js';
import { openRing } from './shared-folder.js';
import { parseWireType } from './wire-type.js';

/**
 * Writes an array into a ring file, piece by piece, as fast as the other side takes the pieces out.
 *
 * @param folder the ring's folder; absent: no file is seen
 * @throws Fault `invalid`, `not-open` or `out-of-step` for a request that cannot be followed, `aborted` if the array is
 *   written meanwhile, `exhausted` if the memory for files is full.
 */
export async function* shareArray(
  engine: Engine,
  requests: AsyncIterable<ShareRequest>,
  folder: string | undefined,
): AsyncGenerator<ShareResponse> {
  const incoming = requests[Symbol.asyncIterator]();
  const first = (await incoming.next()).value as ShareRequest | undefined;
  const { dtype, size } = parseWireType(first?.dataType ?? 0, 'data_type');
  const { runId, array, writes } = await resolveReference(engine, first?.reference, 'reference');
  const { length, sha256: layoutSha256 } = await engine.describeLayout({ runId });
  const ring = first?.ring;
  const file = folder && ring && (await openRing(folder, ring));
  if (!file) {
    yield { visible: false, layoutSha256, writtenPieces: 0n };
    return;
  }
  try {
    yield { visible: true, layoutSha256, writtenPieces: 0n };
    const pieceElements = Math.floor(ring.pieceBytes / size);
    let taken = 0;
    for (let piece = 0; piece * pieceElements < length; piece += 1) {
      while (piece - taken >= ring.pieces) {
        const next = await incoming.next();
        if (next.done) return;
        taken = parseTaken(next.value, { taken, written: piece });
      }
      const offset = piece * pieceElements;
      const count = Math.min(pieceElements, length - offset);
      const position = (piece % ring.pieces) * ring.pieceBytes;
      const place = { descriptor: file.fd, position, dtype };
      await engine.saveElements({ runId, array, offset, count, writes, ...place });
      yield { visible: true, layoutSha256: '', writtenPieces: BigInt(piece + 1) };
    }
  } finally {
    await file.close();
  }
}

function parseTaken(
  { takenPieces }: ShareRequest,
  { taken, written }: { readonly taken: number; readonly written: number },
): number {
  const said = Number(takenPieces);
  if (said > taken && said <= written) return said;
  const field = 'taken_pieces';
  const description = `is ${said}, after ${taken}, of ${written} that were written`;
  throw new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
