import type { Keeping } from '../graphs/build-piece-graphs.js';
import { finalInputs } from '../graphs/final-block.js';
import type { ArrayName } from '../memory/array-name.js';
import { allocateTokens, type TokensOf } from './allocate-tokens.js';
import { copyChunk } from './batch.js';
import { allocateSaved, allocateTensor, type BoundPiece, bindPiece, dataOf } from './bind-piece.js';
import { gatherHeads, scatterHeadGradients } from './gather-heads.js';
import type { Tensors } from './in-place-session.js';
import type { Piece } from './piece.js';
import { maskLaterTokens, poolTokens, unpoolTokens } from './pool-tokens.js';
import {
  allocateTensors,
  type BlockPieces,
  type GradientBuffers,
  type TowerParts,
} from './tower-parts.js';
import type { WayBack } from './way-back.js';

/** The buffers of one chunk of a batch, and the way through the tower with them. */
export interface TowerChunk<Batch> {
  /** Embeds rows from `start` on; the result is a view of [rows, d] that the next call overwrites. */
  forward(array: ArrayName, batch: Batch, start: number): Promise<Float32Array>;
  /**
   * Adds the gradients of the rows of the last `forward`, which start at row `start` of the batch, to an array, and
   * fills those of their pixels where they are asked for.
   */
  backward(array: ArrayName, way: WayBack, start: number): Promise<void>;
}

/**
 * Allocates a chunk. With `gradients` every layer keeps its activations, or its checkpoints, for
 * `backward`; without, all layers share one layer's buffers.
 */
export function createTowerChunk<Batch>(
  parts: TowerParts<Batch>,
  keeping: Keeping,
  gradients?: GradientBuffers,
): TowerChunk<Batch> {
  const { embeddingSize, store, config } = parts;
  // The final piece is the last layer.
  const layers = config.layers - 1;
  const kept = gradients !== undefined;
  const x = allocateTokens(parts, kept);
  const dx = gradients?.dx;
  const input = parts.createInput({ x: x(0), ...(dx && { dx: dx(0) }) });
  const blocks = bindBlocks(parts, { pieces: parts.blocks[keeping], x, dx, layers });
  const final = bindFinal(parts, { x: x(layers), dx: dx?.(layers), gradients });

  async function forward(array: ArrayName, batch: Batch, start: number): Promise<Float32Array> {
    await input.forward(array, batch, start);
    for (const block of blocks) await block.forward(array);
    const { pooled, mask, A, B } = final.inputs;
    poolTokens(dataOf(x(layers)), input.positions, dataOf(pooled!));
    if (mask !== undefined) maskLaterTokens(input.positions, dataOf(mask));
    if (A !== undefined) gatherHeads(store.view(array, 'heads.A'), input.heads, dataOf(A));
    if (B !== undefined) gatherHeads(store.view(array, 'heads.B'), input.heads, dataOf(B));
    await final.piece.forward(array);
    return dataOf(final.embeddings);
  }

  async function backward(array: ArrayName, way: WayBack, start: number): Promise<void> {
    const { cotangent, final: dfinal, dx } = gradients!;
    const { target, pixelGradients } = way;
    copyChunk(way.gradients, dataOf(cotangent), { start, size: embeddingSize });
    await final.piece.backward(array, target);
    const pooled = dfinal[finalInputs.pooled];
    if (pooled) unpoolTokens(dataOf(pooled), input.positions, dataOf(dx(layers)));
    for (const name of [finalInputs.A, finalInputs.B]) {
      const factor = dfinal[name];
      if (factor === undefined) continue;
      const table = store.view(target, `heads.${name}`);
      scatterHeadGradients(table, input.heads, dataOf(factor));
    }
    for (const block of blocks.toReversed()) await block.backward(array, target);
    await input.backward(array, target);
    if (pixelGradients === undefined) return;
    const rows = await input.differentiate!(array);
    const from = (start / parts.rows) * rows.length;
    pixelGradients.set(rows.subarray(0, pixelGradients.length - from), from);
  }

  return { forward, backward };
}

interface BlockTensors {
  readonly pieces: BlockPieces;
  readonly layers: number;
  readonly x: TokensOf;
  readonly dx: TokensOf | undefined;
}

function bindBlocks(parts: TowerParts<never>, tensors: BlockTensors): BoundPiece[] {
  const { pieces, layers, x, dx } = tensors;
  const { store, arena, prefix } = parts;
  const kept = dx !== undefined;
  const pieceOf = (layer: number) => (layer === 0 ? pieces.first : pieces.inner);
  const passing = new Map<Piece, Tensors>();
  const allocate = (piece: Piece) => {
    const saved = passing.get(piece) ?? allocateSaved(arena, piece);
    if (!kept) passing.set(piece, saved);
    return saved;
  };
  return Array.from({ length: layers }, (_, layer) =>
    bindPiece({
      piece: pieceOf(layer),
      store,
      prefix: `${prefix}.encoder.layers.${layer}.`,
      inputs: { x: x(layer) },
      buffers: { output: x(layer + 1), saved: allocate(pieceOf(layer)) },
      ...(dx && { gradients: { cotangent: dx(layer + 1), inputs: { x: dx(layer) } } }),
    }),
  );
}

interface FinalTensors {
  readonly x: Tensors[string];
  readonly dx: Tensors[string] | undefined;
  readonly gradients: GradientBuffers | undefined;
}

function bindFinal(parts: TowerParts<never>, { x, dx, gradients }: FinalTensors) {
  const { final, store, arena } = parts;
  const { inputs: described, outputShape } = final.definition;
  const inputs: Partial<Tensors> = allocateTensors(arena, described.slice(1));
  const embeddings = allocateTensor(arena, outputShape);
  const piece = bindPiece({
    piece: final,
    store,
    prefix: '',
    inputs: { ...(inputs as Tensors), [finalInputs.x]: x },
    buffers: { output: embeddings, saved: allocateSaved(arena, final) },
    ...(gradients && {
      gradients: {
        cotangent: gradients.cotangent,
        inputs: { ...gradients.final, [finalInputs.x]: dx! },
      },
    }),
  });
  return {
    piece,
    inputs: inputs as Record<keyof typeof finalInputs, Tensors[string] | undefined>,
    embeddings,
  };
}
