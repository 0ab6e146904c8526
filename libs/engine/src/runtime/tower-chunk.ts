import { pooledName } from '../graphs/projection-head.js';
import type { ArrayName } from '../memory/array-name.js';
import { copyChunk } from './batch.js';
import {
  allocateSaved,
  allocateTensor,
  type BoundPiece,
  bindPiece,
  dataOf,
  type Tensors,
} from './bind-piece.js';
import { gatherHeads, scatterHeadGradients } from './gather-heads.js';
import { poolTokens, unpoolTokens } from './pool-tokens.js';
import type { GradientBuffers, TowerParts } from './tower-parts.js';

/** The buffers of one chunk of a batch, and the way through the tower with them. */
export interface TowerChunk<Batch> {
  /** Embeds rows from `start` on; the result is a view of [rows, d] that the next call overwrites. */
  forward(array: ArrayName, batch: Batch, start: number): Promise<Float32Array>;
  /**
   * Adds the gradients of the rows of the last `forward` to the run's array `gradient`.
   * `gradients` is [batch, d], of which rows from `start` on belong to this chunk.
   */
  backward(array: ArrayName, gradients: Float32Array, start: number): Promise<void>;
}

/**
 * Allocates a chunk. With `gradients` every layer keeps its activations for `backward`; without, all
 * layers share one layer's buffers.
 */
export function createTowerChunk<Batch>(
  parts: TowerParts<Batch>,
  gradients?: GradientBuffers,
): TowerChunk<Batch> {
  const { rows, tokens, embeddingSize, rank, store, arena } = parts;
  const { layers, width } = parts.config;
  const kept = gradients !== undefined;
  const xs = allocateSeries(kept ? layers + 1 : Math.min(layers + 1, 2), () =>
    allocateTensor(arena, [rows, tokens, width]),
  );
  const x = (layer: number) => xs[layer % xs.length]!;
  // Gradients start after the last block in dx[0] and change places with every block.
  const dx = (layer: number) => gradients?.dx[(layers - layer) % 2];
  const input = parts.createInput({ x: x(0), ...(kept && { dx: dx(0)! }) });
  const blocks = bindBlocks(parts, x, dx);
  const headInputs = Object.fromEntries(
    parts.head.definition.inputs.map(({ name, shape }) => [name, allocateTensor(arena, shape)]),
  );
  const embeddings = allocateTensor(arena, [rows, embeddingSize]);
  const head = bindPiece({
    piece: parts.head,
    store,
    prefix: '',
    inputs: headInputs,
    buffers: { output: embeddings, saved: allocateSaved(arena, parts.head) },
    ...(gradients && { gradients: { cotangent: gradients.cotangent, inputs: gradients.head } }),
  });

  async function forward(array: ArrayName, batch: Batch, start: number): Promise<Float32Array> {
    await input.forward(array, batch, start);
    for (const block of blocks) await block.forward(array);
    poolTokens(dataOf(x(layers)), input.positions, dataOf(headInputs[pooledName]!));
    if (rank > 0) gatherFactors(array);
    await head.forward(array);
    return dataOf(embeddings);
  }

  function gatherFactors(array: ArrayName): void {
    for (const name of ['A', 'B']) {
      gatherHeads(store.view(array, `heads.${name}`), input.heads, dataOf(headInputs[name]!));
    }
  }

  async function backward(array: ArrayName, from: Float32Array, start: number): Promise<void> {
    const { cotangent, head: dhead } = gradients!;
    copyChunk(from, dataOf(cotangent), { start, size: embeddingSize });
    await head.backward(array);
    if (rank > 0) scatterFactors(dhead);
    unpoolTokens(dataOf(dhead[pooledName]!), input.positions, dataOf(dx(layers)!));
    for (const block of blocks.toReversed()) await block.backward(array);
    await input.backward(array);
  }

  function scatterFactors(dhead: Tensors): void {
    for (const name of ['A', 'B']) {
      const table = store.view('gradient', `heads.${name}`);
      scatterHeadGradients(table, input.heads, dataOf(dhead[name]!));
    }
  }

  return { forward, backward };
}

type LayerTensor = (layer: number) => Tensors[string];

function bindBlocks<Batch>(
  { block, store, arena, config, prefix }: TowerParts<Batch>,
  x: LayerTensor,
  dx: (layer: number) => Tensors[string] | undefined,
): BoundPiece[] {
  const kept = dx(0) !== undefined;
  const saves = allocateSeries(kept ? config.layers : 1, () => allocateSaved(arena, block));
  return Array.from({ length: config.layers }, (_, layer) =>
    bindPiece({
      piece: block,
      store,
      prefix: `${prefix}.encoder.layers.${layer}.`,
      inputs: { x: x(layer) },
      buffers: { output: x(layer + 1), saved: saves[layer % saves.length]! },
      ...(kept && { gradients: { cotangent: dx(layer + 1)!, inputs: { x: dx(layer)! } } }),
    }),
  );
}

function allocateSeries<T>(length: number, allocate: () => T): readonly T[] {
  return Array.from({ length }, allocate);
}
