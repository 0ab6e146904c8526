import type { PrepareEncodingRequest } from '@holdfast/engine';
import type { LoadModelRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ParsedTrainable, parseTrainable, requireRunId } from '@holdfast/run-kit';
import { collectViolations, confineField } from '@holdfast/service-kit';

/** A model to load, checked. */
export interface LoadModelSettings {
  readonly runId: string;
  /** Real path. */
  readonly modelPath: string;
  readonly heads?: { readonly count: number; readonly rank: number; readonly seed: number };
  readonly trainable: ParsedTrainable | { readonly scope: 'none' };
  /** As far as the request names some. */
  readonly chunkSizes: Pick<PrepareEncodingRequest, 'imageChunkSize' | 'textChunkSize'>;
}

const chunkSizeMax = 4096;
const headsMax = 65_536;
const rankMax = 1024;

/** @throws Fault `invalid` that names every field that is wrong. */
export async function parseLoadModel(
  request: LoadModelRequest,
  roots: readonly string[],
): Promise<LoadModelSettings> {
  const violations = collectViolations('LoadModel');
  const { runId, imageChunkSize, textChunkSize } = request;
  const { count = 0, rank = 0, seed = 0 } = request.heads ?? {};
  requireRunId(runId, violations);
  if (count > 0) {
    violations.require(count <= headsMax, 'heads.count', `is more than ${headsMax}`);
    violations.require(rank >= 1 && rank <= rankMax, 'heads.rank', `is not in 1..${rankMax}`);
  }
  const trainable =
    request.trainable === undefined
      ? ({ scope: 'none' } as const)
      : parseTrainable(request.trainable, { headCount: count, violations });
  for (const [field, size = 1] of [
    ['image_chunk_size', imageChunkSize],
    ['text_chunk_size', textChunkSize],
  ] as const) {
    const fits = size >= 1 && size <= chunkSizeMax;
    violations.require(fits, field, `is ${size}, not in 1..${chunkSizeMax}`);
  }
  const modelPath = await confineField(request.modelPath, 'model_path', { roots, violations });
  violations.throwIfAny();
  return {
    runId,
    modelPath,
    trainable,
    ...(count > 0 && { heads: { count, rank, seed } }),
    chunkSizes: {
      ...(imageChunkSize && { imageChunkSize }),
      ...(textChunkSize && { textChunkSize }),
    },
  };
}
