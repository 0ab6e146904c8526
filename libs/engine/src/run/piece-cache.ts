import type { Keeping } from '../graphs/build-piece-graphs.js';
import type { PieceDefinition } from '../graphs/piece-definition.js';
import type { LoadGraph } from '../runtime/graph-loader.js';
import { createPiece, type Piece } from '../runtime/piece.js';

/** Finds a piece or makes it: layers, runs and repeated calls with the same sizes share its sessions. */
export type PieceCache = (definition: PieceDefinition, keeping: Keeping) => Piece;

/**
 * Makes an empty cache. The sizes, chunk size included, are part of what a piece is. One that no towers hold any more is forgotten when
 * garbage is collected, and its sessions, each with threads of its own, end with it: an engine outlives runs of many sizes.
 */
export function createPieceCache(load: LoadGraph): PieceCache {
  const pieces = new Map<string, WeakRef<Piece>>();
  return (definition, keeping) => {
    const { name, inputs, parameters } = definition;
    const key = JSON.stringify([name, inputs, parameters, keeping]);
    let piece = pieces.get(key)?.deref();
    if (piece === undefined) {
      piece = createPiece(definition, keeping, load);
      for (const [other, held] of pieces) if (held.deref() === undefined) pieces.delete(other);
      pieces.set(key, new WeakRef(piece));
    }
    return piece;
  };
}
