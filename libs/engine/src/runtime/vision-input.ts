import type { Arena } from '../memory/arena.js';
import type { ArrayName } from '../memory/array-name.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import type { Tensor } from '../native/onnxruntime.js';
import { copyChunk, type ImageBatch } from './batch.js';
import { allocateSaved, allocateTensor, type BoundPiece, bindPiece, dataOf } from './bind-piece.js';
import type { Piece } from './piece.js';
import type { TowerInput, TowerInputBuffers } from './tower-input.js';

const prefix = 'vision_model.';

/** What a vision tower's chunks read their pixels with. */
export interface VisionInputParts {
  readonly piece: Piece;
  /** The same piece with a way back to the pixels and to nothing else; absent where that is not asked for. */
  readonly toPixels?: Piece | undefined;
  readonly store: ParameterStore;
  readonly arena: Arena;
}

/** Patch embedding, class token and positions, as a piece of its own. */
export function createVisionInput(
  parts: VisionInputParts,
  { x, dx }: TowerInputBuffers,
): TowerInput<ImageBatch> {
  const { piece, toPixels, store, arena } = parts;
  const shape = piece.definition.inputs[0]!.shape;
  const [rows, ...image] = shape;
  const size = image.reduce((product, extent) => product * extent, 1);
  const pixels = allocateTensor(arena, shape);
  const bound = bindPiece({
    piece,
    store,
    prefix,
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
    backward: (array, target) => bound.backward(array, target),
    ...(toPixels && dx && { differentiate: bindWayToPixels({ ...parts, toPixels }, pixels, dx) }),
  };
}

/**
 * The way back from the first block's input to the pixels. It goes forward through the embedding again, for what
 * that way needs: whoever never asks keeps nothing for it.
 */
function bindWayToPixels(
  { toPixels: piece, store, arena }: VisionInputParts & { readonly toPixels: Piece },
  pixels: Tensor,
  dx: Tensor,
): (array: ArrayName) => Promise<Float32Array> {
  let made: { readonly bound: BoundPiece; readonly gradient: Tensor } | undefined;
  const make = () => {
    const gradient = allocateTensor(arena, pixels.dims);
    const output = allocateTensor(arena, piece.definition.outputShape);
    const bound = bindPiece({
      piece,
      store,
      prefix,
      inputs: { pixels },
      buffers: { output, saved: allocateSaved(arena, piece) },
      gradients: { cotangent: dx, inputs: { pixels: gradient } },
    });
    return { bound, gradient };
  };
  return async (array) => {
    made ??= make();
    await made.bound.forward(array);
    // Nothing trains in it: no array is added to.
    await made.bound.backward(array, 'gradient');
    return dataOf(made.gradient);
  };
}
