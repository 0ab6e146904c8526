import { type EncodeRequest, EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { RowRange } from './divide-rows.js';
import { loseFailed, requireHolding } from './encode-shards.js';
import type { Member, RunReplicas } from './open-replicas.js';
import { createPatience } from './patience.js';
import { joinResponses, takeEncode, weighAttacks } from './shards.js';

/** Pieces for each replica: more balance better, fewer keep an engine busier. */
const piecesEach = 4;
const none: RowRange = { start: 0, count: 0 };

/** By whom images are embedded. */
export interface EncodePiecesOptions {
  readonly replicas: RunReplicas;
  readonly leastMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told who embedded how many images in which time. */
  readonly onDone: (member: Member, images: number, milliseconds: number) => void;
}

/**
 * Embeds images and texts for which nothing is kept: whoever is free takes the next piece.
 *
 * A piece is of whole chunks, so that an image or text has the same place in its chunk, and the same bits, whoever embeds it. What a
 * replica that failed had is taken by another one.
 *
 * @throws What the first replica failed with, if all did; what was asked wrongly.
 */
export async function encodePieces(
  request: EncodeRequest,
  { replicas, leastMs, signal, onDone }: EncodePiecesOptions,
): Promise<EncodeResponse> {
  const pieces = cutPieces(request, requireHolding(replicas, request.parameters));
  const responses: EncodeResponse[] = [];
  const left = pieces.map((_, i) => i);
  const patience = createPatience({ leastMs });

  async function work(member: Member): Promise<void> {
    const { encoder, address } = member.replica;
    for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
      const part = takeEncode(request, pieces[piece]!);
      const began = performance.now();
      try {
        responses[piece] = await patience.wait(
          (giveUp) => encoder.encode(part, { signal: giveUp }),
          { who: address, weight: weighAttacks(part), signal },
        );
      } catch (error) {
        left.unshift(piece);
        throw error;
      }
      onDone(member, pieces[piece]!.images.count, performance.now() - began);
    }
  }

  while (left.length > 0) {
    const members = requireHolding(replicas, request.parameters);
    const workers = members.map((member) => ({ member }));
    const results = await Promise.allSettled(workers.map(({ member }) => work(member)));
    const failed = loseFailed(workers, results, replicas);
    if (failed !== undefined) throw failed.reason;
  }
  return responses.length === 0 ? EncodeResponse.fromPartial({}) : joinResponses(responses);
}

/** Images in pieces of whole chunks, then texts. */
function cutPieces({ images, texts }: EncodeRequest, members: readonly Member[]) {
  const { imageChunkSize = 1, textChunkSize = 1 } = members[0]?.opened ?? {};
  const pieces = piecesEach * members.length;
  return [
    ...cutRows(images?.samples.length ?? 0, imageChunkSize, pieces).map((range) => {
      return { images: range, texts: none };
    }),
    ...cutRows(texts?.texts.length ?? 0, textChunkSize, pieces).map((range) => {
      return { images: none, texts: range };
    }),
  ];
}

/** Rows in at most so many pieces, of whole chunks but the last. */
function cutRows(rows: number, chunk: number, pieces: number): RowRange[] {
  const size = Math.max(Math.ceil(rows / chunk / pieces), 1) * chunk;
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    return { start: i * size, count: Math.min(size, rows - i * size) };
  });
}
