/**
 * Elements of a piece that is sent, 256 KiB of float32. Of larger ones more lies about until V8 collects it.
 */
export const pieceElements = 2 ** 16;

/** Memory for pieces of one size, which is used again: a piece that is garbage costs more than one that is sent. */
export interface PieceMemory {
  /** Memory for `count` elements that nobody else has: of an earlier piece, or new. */
  take(count: number): Float32Array;
  /** Takes memory back. */
  put(memory: Float32Array): void;
}

/** Memory of another size than `pieceElements`, as a last piece's, is not kept. */
export function createPieceMemory(): PieceMemory {
  const free: Float32Array[] = [];
  return {
    take: (count) => (count === pieceElements && free.pop()) || new Float32Array(count),
    put(memory) {
      if (memory.length === pieceElements) free.push(memory);
    },
  };
}
