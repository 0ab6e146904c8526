import type { Engine, FeatureBatch, ImageBatch, TextBatch } from '@holdfast/engine';
import type { EncodeRequest, EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix } from '@holdfast/run-kit';
import { toDuration } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { attackImages } from './attack/attack-images.js';
import { attackRows } from './attack/attack-rows.js';
import type { EncodeBatch } from './encode-batch.js';
import {
  type EncoderRun,
  findFeatures,
  findImages,
  type RunStore,
  requireTraining,
} from './encoder-run.js';
import { type ImageClock, startImageClock } from './image-clock.js';
import type { ImageRequest } from './images/fill-pixels.js';
import type { RunImages } from './images/run-images.js';
import { parseEncode } from './parse-encode.js';
import { prepareTexts } from './prepare-texts.js';
import { takeTextFeatures } from './take-text-features.js';
import { expandRows, type TextRows } from './unique-texts.js';

/** Pixels that one call of the engine takes where nothing is retained; twice as many exist, the next made ahead. */
const pixelElementsMax = 2 ** 24;

interface EncodeContext {
  readonly engine: Engine;
  readonly run: EncoderRun;
  readonly runId: string;
  readonly step: number;
  readonly weights: EncodeBatch['weights'];
  readonly clock: ImageClock;
  /** Whether anybody waits for the answer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Embeds a batch; equal texts are computed once. Who leaves gives the engine back before its next turn: what was computed up to there is
 * thrown away, and the same call again answers the same.
 */
export function createEncode(
  store: RunStore,
  engineOf: (signal?: AbortSignal) => Engine,
  onImageWait: (seconds: number) => void = () => {},
) {
  return async (
    request: EncodeRequest,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<EncodeResponse> => {
    const { runId, step, retain } = request;
    const run = await store.get(runId);
    if (retain) requireTraining(run);
    const batch = parseEncode(request, run);
    const source = batch.images && findImages(run);
    // Nothing of the vision tower trains: what stands in for the images are their embeddings.
    const areEmbeddings = run.settings.trainable.scope === 'heads';
    const { weights } = batch;
    const clock = startImageClock();
    const engine = engineOf(signal);
    const context = { engine, run, runId, step, weights, clock, signal };
    const texts = batch.texts && (await takeTexts(context, batch.texts));
    let images: Float32Array | undefined;
    if (batch.images && areEmbeddings) images = await takeEmbeddings(source!, batch.images);
    else if (batch.images && batch.attack) {
      const { attack } = batch;
      giveWay(run);
      images = await inTurn(run, () => attackImages(context, batch.images!, attack));
    } else if (batch.images && !retain && batch.attacks === undefined) {
      images = await encodeImagesInSlabs(context, source!, batch.images);
    }
    const whole = images === undefined ? batch.images : undefined;
    if (retain) {
      giveWay(run);
      run.samples.value?.pixels.forgetBefore(step);
    }
    const pixels =
      whole && (await clock.wait(source!.take(whole, { start: 0, count: whole.samples.length })));
    if (pixels && batch.attacks) {
      const { attacks } = batch;
      const attacked = { samples: whole!.samples, pixels: (pixels as ImageBatch).pixels };
      giveWay(run);
      await inTurn(run, () => attackRows(context, attacked, attacks));
    }
    const encoded = await engine.encode({
      runId,
      step,
      ...weights,
      retain,
      ...(pixels && { images: pixels }),
      ...(texts && { texts }),
    });
    if (encoded.pixels) source?.giveBack(encoded.pixels);
    if (batch.images) onImageWait(clock.seconds);
    images ??= encoded.imageEmbeddings;
    if (retain) {
      run.retained = {
        step,
        weights,
        images: batch.images?.samples.length ?? 0,
        texts: batch.texts ?? { rows: new Int32Array(), unique: [] },
      };
    }
    const size = run.directory.config.projectionSize;
    const answer = (data: Float32Array) => fromMatrix(createMatrix(data.length / size, size, data));
    return {
      imageEmbeddings: images && answer(images),
      textEmbeddings:
        batch.texts && answer(expandRows(batch.texts.rows, encoded.textEmbeddings!, size)),
      passes: encoded.passing?.passes,
      recomputed: encoded.passing?.keeping === 'checkpoints',
      imageWait: toDuration(clock.seconds * 1000),
    };
  };
}

/** The batch that the engine keeps, and the gradient that it wrote last, are lost to what comes. */
function giveWay(run: EncoderRun): void {
  run.retained = undefined;
  run.backpropagated = undefined;
}

/** One attack of a run after another: the engine keeps one batch of it. */
function inTurn<T>(run: EncoderRun, work: () => Promise<T>): Promise<T> {
  const done = (run.attacked ?? Promise.resolve()).then(work);
  run.attacked = done.catch(() => {});
  return done;
}

/** The embeddings of images whose tower does not train. */
async function takeEmbeddings(source: RunImages, request: ImageRequest): Promise<Float32Array> {
  const batch = await source.take(request, { start: 0, count: request.samples.length });
  return (batch as FeatureBatch).features;
}

/** Tokens, or where the towers do not train, features. */
function takeTexts(
  { run, engine, runId }: EncodeContext,
  { unique }: TextRows,
): TextBatch | Promise<FeatureBatch> {
  const features = findFeatures(run);
  if (features === undefined) return prepareTexts(run, unique);
  return takeTextFeatures(unique, { engine, run, runId, known: features.texts });
}

/**
 * Pixels of a whole evaluation set would fill the memory: they pass by in slabs of whole chunks, each
 * made while the engine works on the one before.
 */
async function encodeImagesInSlabs(
  { engine, run, runId, step, weights, clock, signal }: EncodeContext,
  source: RunImages,
  request: ImageRequest,
): Promise<Float32Array> {
  const { preprocessing, config } = run.directory;
  const imageElements = 3 * preprocessing.cropHeight * preprocessing.cropWidth;
  const { imageChunkSize: chunk } = run.training.value?.prepared ?? run.loaded;
  const slab = chunk * Math.max(1, Math.floor(pixelElementsMax / (imageElements * chunk)));
  const total = request.samples.length;
  const take = (start: number) =>
    source.take(request, { start, count: Math.min(slab, total - start) });
  const embeddings = new Float32Array(total * config.projectionSize);
  let next = take(0);
  for (let start = 0; start < total; start += slab) {
    const images = await clock.wait(next);
    signal?.throwIfAborted();
    const encoding = engine.encode({ runId, step, ...weights, images, retain: false });
    if (start + slab < total) {
      next = take(start + slab);
      // Where the caller leaves now, nobody waits for it any more.
      next.catch(() => {});
    }
    const encoded = await encoding;
    embeddings.set(encoded.imageEmbeddings!, start * config.projectionSize);
    if (encoded.pixels) source.giveBack(encoded.pixels);
  }
  return embeddings;
}
