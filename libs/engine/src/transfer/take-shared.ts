import { isFault } from '@holdfast/fault';
import type { ShareRequest, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { requireLayout } from './array-layout.js';
import { createMailbox } from './mailbox.js';
import { createRing, type OwnRing } from './shared-folder.js';
import type { TensorPeers } from './tensor-peers.js';
import type { WireType } from './wire-type.js';

/** Bytes of a piece, and pieces of a ring: small enough for a processor's cache, large enough to seldom wait for a message. */
const ringSize = { pieceBytes: 2 ** 20, piecesMax: 8 };

/** What is taken, from whom, and where it goes. */
export interface SharedTransfer {
  readonly peer: Pick<ReturnType<TensorPeers['connect']>, 'share'>;
  readonly folder: string;
  readonly source: TensorReference;
  readonly type: WireType;
  readonly to: { readonly runId: string; readonly array: ArrayName };
  readonly signal: AbortSignal;
}

/** What came of a transfer through memory: the holder sees another folder, or no memory is left for files. */
export type SharedOutcome = 'taken' | 'unseen' | 'no room';

/**
 * Takes an array out of a ring file that its holder fills.
 *
 * @throws Fault `invalid` if the array is of another layout; what the holder throws.
 */
export async function takeShared(
  engine: Engine,
  transfer: SharedTransfer,
  { pieceBytes, piecesMax } = ringSize,
): Promise<SharedOutcome> {
  const { length } = await engine.describeLayout({ runId: transfer.to.runId });
  const pieces = Math.min(piecesMax, Math.ceil((length * transfer.type.size) / pieceBytes));
  const ring = await createRing(transfer.folder, { pieceBytes, pieces });
  if (ring === undefined) return 'no room';
  try {
    return await drainRing(engine, ring, transfer);
  } catch (error) {
    if (isFault(error) && error.kind === 'exhausted') return 'no room';
    throw error;
  } finally {
    await ring.close();
  }
}

async function drainRing(
  engine: Engine,
  { file, message: ring, hide }: OwnRing,
  { peer, source, type, to, signal }: SharedTransfer,
): Promise<SharedOutcome> {
  const layout = await engine.describeLayout({ runId: to.runId });
  const pieceElements = ring.pieceBytes / type.size;
  const count = Math.ceil(layout.length / pieceElements);
  const requests = createMailbox<Partial<ShareRequest>>();
  requests.put({ reference: source, dataType: type.dataType, ring });
  let piece = 0;
  try {
    for await (const response of peer.share(requests.items(), { signal })) {
      if (!response.visible) return 'unseen';
      if (piece === 0 && response.writtenPieces === 0n) {
        const { runId } = to;
        requireLayout(layout, response.layoutSha256, { runId, field: 'layout_sha256' });
        await hide();
      }
      for (; piece < Number(response.writtenPieces); piece += 1) {
        const offset = piece * pieceElements;
        await engine.loadElements({
          ...to,
          offset,
          count: Math.min(pieceElements, layout.length - offset),
          descriptor: file.fd,
          position: (piece % ring.pieces) * ring.pieceBytes,
          dtype: type.dtype,
        });
        if (piece + ring.pieces < count) requests.put({ takenPieces: BigInt(piece + 1) });
      }
    }
  } finally {
    requests.end();
  }
  return piece === count ? 'taken' : 'unseen';
}
