import { BadImagePolicy, type OpenRunRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ParsedTrainable, parseTrainable, requireRunId } from '@holdfast/run-kit';
import { collectViolations, confineField } from '@holdfast/service-kit';

/** Where and how a run is to be opened, checked. */
export interface OpenRunSettings {
  readonly runId: string;
  readonly modelPath: string;
  readonly samplesPath: string;
  readonly samplesSha256: string;
  readonly cachePath?: string;
  readonly heads?: { readonly count: number; readonly rank: number; readonly seed: number };
  readonly trainable: ParsedTrainable;
  readonly badImagePolicy: 'fail' | 'skip';
  readonly imageChunkSize?: number;
  readonly textChunkSize?: number;
  readonly imageBatchSize?: number;
  readonly activationBudgetBytes?: number;
}

const chunkSizeMax = 4096;
const headsMax = 65_536;
const rankMax = 1024;

/** @throws Fault `invalid` that names every field that is wrong. */
export async function parseOpenRun(
  request: OpenRunRequest,
  roots: readonly string[],
): Promise<OpenRunSettings> {
  const violations = collectViolations('OpenRun');
  const { runId, modelPath, samplesPath, samplesSha256, heads, cachePath } = request;
  requireRunId(runId, violations);
  violations.require(
    /^[0-9a-f]{64}$/.test(samplesSha256),
    'samples_sha256',
    'is required: 64 hexadecimal digits',
  );
  const rank = heads?.rank ?? 0;
  if (heads !== undefined && heads.count > 0) {
    violations.require(heads.count <= headsMax, 'heads.count', `is more than ${headsMax}`);
    violations.require(rank >= 1 && rank <= rankMax, 'heads.rank', `is not in 1..${rankMax}`);
  }
  const trainable = parseTrainable(request.trainable, {
    headCount: heads?.count ?? 0,
    violations,
  });
  for (const [field, size] of [
    ['image_chunk_size', request.imageChunkSize],
    ['text_chunk_size', request.textChunkSize],
  ] as const) {
    violations.require(size <= chunkSizeMax, field, `is ${size}, more than ${chunkSizeMax}`);
  }
  violations.require(
    request.badImagePolicy !== BadImagePolicy.UNRECOGNIZED,
    'bad_image_policy',
    'is not a policy',
  );
  const context = { roots, violations };
  const model = await confineField(modelPath, 'model_path', context);
  const samples = await confineField(samplesPath, 'samples_path', context);
  const cache = cachePath === '' ? undefined : await confineField(cachePath, 'cache_path', context);
  violations.throwIfAny();
  return {
    runId,
    modelPath: model,
    samplesPath: samples,
    samplesSha256,
    trainable,
    badImagePolicy:
      request.badImagePolicy === BadImagePolicy.BAD_IMAGE_POLICY_SKIP ? 'skip' : 'fail',
    ...(cache !== undefined && { cachePath: cache }),
    ...(heads && heads.count > 0 && { heads: { count: heads.count, rank, seed: heads.seed } }),
    ...(request.imageChunkSize > 0 && { imageChunkSize: request.imageChunkSize }),
    ...(request.textChunkSize > 0 && { textChunkSize: request.textChunkSize }),
    ...(request.imageBatchSize > 0 && { imageBatchSize: request.imageBatchSize }),
    ...(request.activationBudgetMib > 0 && {
      activationBudgetBytes: request.activationBudgetMib * 2 ** 20,
    }),
  };
}
