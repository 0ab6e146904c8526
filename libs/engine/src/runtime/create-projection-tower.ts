import { freezePiece } from '../graphs/freeze-piece.js';
import { createProjection, type ProjectionShape, projectionInputs } from '../graphs/projection.js';
import type { ArrayName } from '../memory/array-name.js';
import { addHeadGradients, applyHeads } from './apply-heads.js';
import { copyChunk, type FeatureBatch } from './batch.js';
import { allocateSaved, allocateTensor, bindPiece, dataOf } from './bind-piece.js';
import type { TowerOptions } from './create-towers.js';
import type { Piece } from './piece.js';
import type { Tower } from './tower.js';
import { allocateTensors } from './tower-parts.js';
import type { WayBack } from './way-back.js';

/** The buffers of one chunk of a batch. */
interface ProjectionChunk {
  forward(array: ArrayName, batch: FeatureBatch, start: number): Promise<Float32Array>;
  backward(array: ArrayName, way: WayBack, start: number): Promise<void>;
}

/**
 * The trainable end of a tower whose features are known: features in, embeddings out.
 *
 * What it keeps is small beside a tower's, so that one pass is always enough.
 */
export function createProjectionTower(
  options: Omit<TowerOptions, 'config'>,
  { width, projection }: { readonly width: number; readonly projection: ProjectionShape },
): Tower<FeatureBatch> {
  const { rows, store, findPiece } = options;
  const piece = findPiece(
    freezePiece(createProjection({ rows, width }, projection), {
      prefix: '',
      trains: store.trains,
      ends: [],
    }),
    'activations',
  );
  const kept: ProjectionChunk[] = [];
  let passing: ProjectionChunk | undefined;
  const keptChunk = (start: number) => {
    kept[start / rows] ??= createChunk(piece, options, projection);
    return kept[start / rows]!;
  };
  async function run(
    array: ArrayName,
    batch: FeatureBatch,
    chunkAt: (start: number) => ProjectionChunk,
  ): Promise<Float32Array> {
    const embeddings = new Float32Array(batch.count * projection.size);
    for (let start = 0; start < batch.count; start += rows) {
      const chunk = await chunkAt(start).forward(array, batch, start);
      const count = Math.min(rows, batch.count - start);
      embeddings.set(chunk.subarray(0, count * projection.size), start * projection.size);
    }
    return embeddings;
  }
  return {
    embeddingSize: projection.size,
    countKeptBytes: () => 0,
    encode(array, batch) {
      passing ??= createChunk(piece, options, projection);
      const chunk = passing;
      return run(array, batch, () => chunk);
    },
    encodeKeeping: (array, batch) => run(array, batch, keptChunk),
    async backward({ array, batch, passing: _, ...way }) {
      if (piece.backward === undefined) return;
      for (let start = 0; start < batch.count; start += rows) {
        await keptChunk(start).backward(array, way, start);
      }
    },
  };
}

function createChunk(
  piece: Piece,
  { rows, store, arena }: Omit<TowerOptions, 'config'>,
  { rank }: ProjectionShape,
): ProjectionChunk {
  const { inputs: described, outputShape } = piece.definition;
  const inputs = allocateTensors(arena, described);
  const output = allocateTensor(arena, outputShape);
  const cotangent = allocateTensor(arena, outputShape);
  const gradients = allocateTensors(
    arena,
    described.filter(({ differentiable }) => differentiable),
  );
  const bound = bindPiece({
    piece,
    store,
    prefix: '',
    inputs,
    buffers: { output, saved: allocateSaved(arena, piece) },
    gradients: { cotangent, inputs: gradients },
  });
  const { r, change } = projectionInputs;
  const features = dataOf(inputs[r]!);
  const size = features.length / rows;
  const heads = new Int32Array(rows).fill(-1);
  const headRows = { rank, heads, features, inner: new Float32Array(rows * rank) };
  return {
    async forward(array, batch, start) {
      // A row of zeros has no direction: its embedding would be NaN.
      copyChunk(batch.features, features, { start, size, padding: 1 });
      if (rank > 0) {
        copyChunk(batch.heads!, heads, { start, size: 1, padding: -1 });
        applyHeads(store, array, { ...headRows, changes: dataOf(inputs[change]!) });
      }
      await bound.forward(array);
      return dataOf(output);
    },
    async backward(array, { gradients: from, target }, start) {
      copyChunk(from, dataOf(cotangent), { start, size: outputShape[1]! });
      await bound.backward(array, target);
      if (rank === 0) return;
      addHeadGradients(store, array, target, { ...headRows, changes: dataOf(gradients[change]!) });
    },
  };
}

/** The end of a tower in which nothing trains: its features are the embeddings. */
export function createFinishedTower(embeddingSize: number): Tower<FeatureBatch> {
  const answer = async (_: ArrayName, { features }: FeatureBatch) => features;
  return {
    embeddingSize,
    countKeptBytes: () => 0,
    encode: answer,
    encodeKeeping: answer,
    async backward() {},
  };
}
