import type { Arena } from '../memory/arena.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import { copyChunk, type ImageBatch } from './batch.js';
import { allocateSaved, allocateTensor, bindPiece, dataOf } from './bind-piece.js';
import type { Piece } from './piece.js';
import type { TowerInput, TowerInputBuffers } from './tower-input.js';

/** Patch embedding, class token and positions, as a piece of its own. */
export function createVisionInput(
  { piece, store, arena }: { piece: Piece; store: ParameterStore; arena: Arena },
  { x, dx }: TowerInputBuffers,
): TowerInput<ImageBatch> {
  const shape = piece.definition.inputs[0]!.shape;
  const [rows, ...image] = shape;
  const size = image.reduce((product, extent) => product * extent, 1);
  const pixels = allocateTensor(arena, shape);
  const bound = bindPiece({
    piece,
    store,
    prefix: 'vision_model.',
    inputs: { pixels },
    buffers: { output: x, saved: allocateSaved(arena, piece) },
    ...(dx && { gradients: { cotangent: dx, inputs: {} } }),
  });
  return {
    // The class token stands for an image.
    positions: new Int32Array(rows!),
    heads: new Int32Array(rows!).fill(-1),
    async forward(array, batch, start) {
      copyChunk(batch.pixels, dataOf(pixels), { start, size });
      await bound.forward(array);
    },
    backward: (array) => bound.backward(array),
  };
}
