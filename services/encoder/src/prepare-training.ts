import type { Engine, PreparedEncoding } from '@holdfast/engine';
import {
  PrepareTrainingRequest,
  type PrepareTrainingResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fingerprintRun } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import {
  type EncoderRun,
  type RunFeatures,
  type RunStore,
  type RunTraining,
  requireSamples,
  takesFeatures,
} from './encoder-run.js';
import { computeImageFeatures } from './images/compute-features.js';
import { createFeatureImages } from './images/feature-images.js';

/** Prepares a loaded model for steps; a prepared one answers at once. */
export function createPrepareTraining(store: RunStore, engine: Engine) {
  return async function* (
    request: PrepareTrainingRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<PrepareTrainingResponse> {
    const run = await store.get(request.runId);
    const fingerprint = fingerprintRun(PrepareTrainingRequest, request);
    const training = yield* run.training.open(fingerprint, async (report) => {
      checkRequest(request, run);
      return prepareTraining(request, run, { engine, report, signal });
    });
    yield describePrepared(run, training);
  };
}

function describePrepared(run: EncoderRun, { prepared, features }: RunTraining) {
  const count = features === undefined ? 0 : requireSamples(run).table.samples.length;
  return { featuresComputed: count, imagesTotal: count, prepared };
}

/** @throws Fault `invalid` that names every field that is wrong. */
function checkRequest(request: PrepareTrainingRequest, run: EncoderRun): void {
  const violations = collectViolations('PrepareTraining');
  const { imageBatchSize = 1, activationBudgetMib = 1, pixelGradients } = request;
  violations.require(imageBatchSize >= 1, 'image_batch_size', 'is 0, not at least 1');
  violations.require(activationBudgetMib >= 1, 'activation_budget_mib', 'is 0, not at least 1');
  const { scope } = run.settings.trainable;
  if (scope === 'none') {
    violations.require(
      pixelGradients,
      'run_id',
      `names a model of which nothing trains, '${request.runId}': load it with \`trainable\`, or ask for pixel_gradients`,
    );
  }
  violations.require(
    !pixelGradients || !takesFeatures(run),
    'pixel_gradients',
    `cannot be had under the scope ${scope}: features stand in for the pixels`,
  );
  violations.throwIfAny();
}

interface PrepareContext {
  readonly engine: Engine;
  readonly report: (progress: PrepareTrainingResponse) => void;
  readonly signal: AbortSignal;
}

async function prepareTraining(
  { runId, imageBatchSize, activationBudgetMib, pixelGradients }: PrepareTrainingRequest,
  run: EncoderRun,
  context: PrepareContext,
): Promise<RunTraining> {
  if (takesFeatures(run)) requireSamples(run);
  const chunks = await context.engine.prepareEncoding({
    runId,
    pixelGradients,
    ...run.settings.chunkSizes,
    ...(imageBatchSize && { imageBatchSize }),
    ...(activationBudgetMib && { activationBudgetBytes: activationBudgetMib * 2 ** 20 }),
  });
  const { imageChunkSize, textChunkSize } = chunks;
  return {
    prepared: { imageChunkSize, textChunkSize },
    pixelGradients,
    features: await openFeatures(run, chunks, context),
  };
}

/** The features of a run's images, if its towers do not train. */
async function openFeatures(
  run: EncoderRun,
  { imageFeatureSize: size, imageChunkSize }: PreparedEncoding,
  { engine, report, signal }: PrepareContext,
): Promise<RunFeatures | undefined> {
  if (size === undefined) return undefined;
  const { table, prepared, pixels, cachePath } = requireSamples(run);
  const total = table.samples.length;
  const { runId, trainable } = run.settings;
  const images = await computeImageFeatures({
    engine,
    runId,
    scope: trainable.scope,
    directory: run.directory,
    samples: table.samples,
    prepared,
    images: pixels,
    imageChunkSize,
    size,
    cachePath,
    signal,
    // Equal images are computed once.
    onProgress: ({ done, total: distinct }) => {
      const featuresComputed = Math.round((done / Math.max(distinct, 1)) * total);
      report({ featuresComputed, imagesTotal: total, prepared: undefined });
    },
  });
  return { images: createFeatureImages(images), texts: new Map() };
}
