import type { PieceDefinition } from '../graphs/piece.js';
import type { LoadGraph } from '../runtime/load-graph.js';
import { createPiece, type Piece } from '../runtime/piece.js';

/** Loads a piece once: layers, runs and repeated calls with the same sizes share its sessions. */
export type PieceCache = (definition: PieceDefinition) => Promise<Piece>;

/** Makes an empty cache. The sizes, chunk size included, are part of what a piece is. */
export function createPieceCache(load: LoadGraph): PieceCache {
  const pieces = new Map<string, Promise<Piece>>();
  return (definition) => {
    const key = JSON.stringify([definition.name, definition.inputs, definition.parameters]);
    let piece = pieces.get(key);
    if (piece === undefined) {
      piece = createPiece(definition, load);
      pieces.set(key, piece);
    }
    return piece;
  };
}
