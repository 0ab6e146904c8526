import type { Keeping } from '../graphs/build-piece-graphs.js';
import type { ArrayName } from '../memory/array-name.js';
import type { Passing } from './passing.js';
import type { Piece } from './piece.js';
import { createTowerChunk, type TowerChunk } from './tower-chunk.js';
import { allocateGradients, type GradientBuffers, type TowerParts } from './tower-parts.js';
import type { WayBack } from './way-back.js';

/** One tower: batches of any size in, embeddings out, and gradients the other way. */
export interface Tower<Batch> {
  readonly embeddingSize: number;
  /** Bytes that a batch keeps at once, or the largest chunk of it. */
  countKeptBytes(batch: Batch, extent: 'batch' | 'chunk', keeping: Keeping): number;
  /** Embeddings [count, d]. */
  encode(array: ArrayName, batch: Batch): Promise<Float32Array>;
  /** The same embeddings, bit for bit, with everything kept that `backward` needs. */
  encodeKeeping(array: ArrayName, batch: Batch, keeping: Keeping): Promise<Float32Array>;
  /**
   * Adds the gradient of `sum(gradients * embeddings)` to the array `target`.
   *
   * With one pass the batch must be that of the last `encodeKeeping`; with two, every chunk goes
   * forward again first. All ways add the same numbers in the same order.
   */
  backward(options: { array: ArrayName; batch: Batch; passing: Passing } & WayBack): Promise<void>;
}

/** Makes a tower; buffers are allocated when they are first needed, and stay. */
export function createTower<Batch extends { readonly count: number }>(
  parts: TowerParts<Batch>,
): Tower<Batch> {
  const { rows, embeddingSize } = parts;
  const kept: Record<Keeping, TowerChunk<Batch>[]> = { activations: [], checkpoints: [] };
  let forwardOnly: TowerChunk<Batch> | undefined;
  let gradientBuffers: GradientBuffers | undefined;

  function keptChunk(index: number, keeping: Keeping): TowerChunk<Batch> {
    gradientBuffers ??= allocateGradients(parts);
    kept[keeping][index] ??= createTowerChunk(parts, keeping, gradientBuffers);
    return kept[keeping][index];
  }

  async function run(
    array: ArrayName,
    batch: Batch,
    chunkAt: (index: number) => TowerChunk<Batch>,
  ): Promise<Float32Array> {
    const embeddings = new Float32Array(batch.count * embeddingSize);
    for (let start = 0; start < batch.count; start += rows) {
      const chunk = await chunkAt(start / rows).forward(array, batch, start);
      const count = Math.min(rows, batch.count - start);
      embeddings.set(chunk.subarray(0, count * embeddingSize), start * embeddingSize);
    }
    return embeddings;
  }

  return {
    embeddingSize,
    countKeptBytes({ count }, extent, keeping) {
      const chunks = Math.ceil(count / rows);
      return (extent === 'batch' ? chunks : Math.min(chunks, 1)) * countChunkBytes(parts, keeping);
    },
    encode(array, batch) {
      forwardOnly ??= createTowerChunk(parts, 'checkpoints');
      const chunk = forwardOnly;
      return run(array, batch, () => chunk);
    },
    encodeKeeping: (array, batch, keeping) =>
      run(array, batch, (index) => keptChunk(index, keeping)),
    async backward({ array, batch, passing: { passes, keeping }, ...way }) {
      for (let start = 0; start < batch.count; start += rows) {
        const chunk = keptChunk(passes === 1 ? start / rows : 0, keeping);
        if (passes === 2) await chunk.forward(array, batch, start);
        await chunk.backward(array, way, start);
      }
    },
  };
}

/** Bytes that one chunk keeps: every layer's input and what it saves. */
function countChunkBytes(
  { rows, tokens, config, blocks, final }: TowerParts<never>,
  keeping: Keeping,
): number {
  const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const savedBy = ({ saved }: Piece) => saved.reduce((sum, { shape }) => sum + elements(shape), 0);
  const inputs = config.layers * rows * tokens * config.width;
  const { first, inner } = blocks[keeping];
  const saved = Array.from({ length: config.layers - 1 }, (_, layer) =>
    savedBy(layer === 0 ? first : inner),
  );
  return 4 * saved.reduce((sum, size) => sum + size, inputs + savedBy(final));
}
