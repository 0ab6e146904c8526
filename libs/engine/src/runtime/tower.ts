import type { ArrayName } from '../memory/array-name.js';
import type { Piece } from './piece.js';
import { createTowerChunk, type TowerChunk } from './tower-chunk.js';
import { allocateGradients, type GradientBuffers, type TowerParts } from './tower-parts.js';

/** Whether each chunk of a batch keeps its activations, or one chunk's buffers serve all. */
export type Passes = 1 | 2;

/** One tower: batches of any size in, embeddings out, and gradients the other way. */
export interface Tower<Batch> {
  /** Rows that a session takes at once. */
  readonly rows: number;
  readonly embeddingSize: number;
  /** Bytes that a batch keeps in one pass. */
  countKeptBytes(count: number): number;
  /** Embeddings [count, d]. */
  encode(array: ArrayName, batch: Batch): Promise<Float32Array>;
  /** The same embeddings, bit for bit, with everything kept that `backward` needs. */
  encodeKeeping(array: ArrayName, batch: Batch): Promise<Float32Array>;
  /**
   * Adds the gradient of `sum(gradients * embeddings)` to the run's array `gradient`.
   *
   * With one pass the batch must be that of the last `encodeKeeping`; with two, every chunk goes
   * forward again first. Both add the same numbers in the same order.
   */
  backward(options: {
    array: ArrayName;
    batch: Batch;
    gradients: Float32Array;
    passes: Passes;
  }): Promise<void>;
}

/** Makes a tower; buffers are allocated when they are first needed, and stay. */
export function createTower<Batch extends { readonly count: number }>(
  parts: TowerParts<Batch>,
): Tower<Batch> {
  const { rows, embeddingSize } = parts;
  const kept: TowerChunk<Batch>[] = [];
  let passing: TowerChunk<Batch> | undefined;
  let gradientBuffers: GradientBuffers | undefined;

  function keptChunk(index: number): TowerChunk<Batch> {
    gradientBuffers ??= allocateGradients(parts);
    kept[index] ??= createTowerChunk(parts, gradientBuffers);
    return kept[index];
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
    rows,
    embeddingSize,
    countKeptBytes: (count) => Math.ceil(count / rows) * countChunkBytes(parts),
    encode(array, batch) {
      passing ??= createTowerChunk(parts);
      const chunk = passing;
      return run(array, batch, () => chunk);
    },
    encodeKeeping: (array, batch) => run(array, batch, keptChunk),
    async backward({ array, batch, gradients, passes }) {
      for (let start = 0; start < batch.count; start += rows) {
        const chunk = keptChunk(passes === 1 ? start / rows : 0);
        if (passes === 2) await chunk.forward(array, batch, start);
        await chunk.backward(array, gradients, start);
      }
    },
  };
}

/** Bytes that one chunk keeps: every layer's input and what it saves. */
function countChunkBytes({ rows, tokens, config, block, final }: TowerParts<never>): number {
  const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const savedBy = ({ saved }: Piece) => saved.reduce((sum, { shape }) => sum + elements(shape), 0);
  const inputs = config.layers * rows * tokens * config.width;
  return 4 * (inputs + (config.layers - 1) * savedBy(block) + savedBy(final));
}
