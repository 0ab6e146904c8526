import type { PrepareEncodingRequest } from '@holdfast/engine';
import type { LoadModelRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  confineUri,
  type ParsedHeads,
  type ParsedTrainable,
  parseHeads,
  parseTrainable,
  requireRunId,
} from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';

/** A model to load, checked. */
export interface LoadModelSettings {
  readonly runId: string;
  /** Real path. */
  readonly modelPath: string;
  readonly heads?: ParsedHeads;
  readonly trainable: ParsedTrainable | { readonly scope: 'none' };
  /** As far as the request names some. */
  readonly chunkSizes: Pick<PrepareEncodingRequest, 'imageChunkSize' | 'textChunkSize'>;
}

const chunkSizeMax = 4096;

/** @throws Fault `invalid` that names every field that is wrong. */
export async function parseLoadModel(
  request: LoadModelRequest,
  roots: readonly string[],
): Promise<LoadModelSettings> {
  const violations = collectViolations('LoadModel');
  const { runId, imageChunkSize, textChunkSize } = request;
  requireRunId(runId, violations);
  const heads = parseHeads(request.heads, violations);
  const trainable =
    request.trainable === undefined
      ? ({ scope: 'none' } as const)
      : parseTrainable(request.trainable, { hasHeads: heads !== undefined, violations });
  for (const [field, size = 1] of [
    ['image_chunk_size', imageChunkSize],
    ['text_chunk_size', textChunkSize],
  ] as const) {
    const fits = size >= 1 && size <= chunkSizeMax;
    violations.require(fits, field, `is ${size}, not in 1..${chunkSizeMax}`);
  }
  const modelPath = await confineUri(request.modelUri, 'model_uri', { roots, violations });
  violations.throwIfAny();
  return {
    runId,
    modelPath,
    trainable,
    ...(heads && { heads }),
    chunkSizes: {
      ...(imageChunkSize && { imageChunkSize }),
      ...(textChunkSize && { textChunkSize }),
    },
  };
}
