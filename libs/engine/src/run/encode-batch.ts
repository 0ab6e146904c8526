import { Fault } from '@holdfast/fault';
import type {
  BackpropagatedBatch,
  BackpropagateRequest,
  EncodedBatch,
  EncodeRequest,
  ExtractedFeatures,
  ExtractFeaturesRequest,
} from '../engine.js';
import { zeroArray } from '../memory/array-operations.js';
import { requireVersion } from '../memory/require-version.js';
import { type CountKeptBytes, choosePassing, type Passing } from '../runtime/passing.js';
import type { Tower } from '../runtime/tower.js';
import type { EngineRun, PreparedTowers } from './engine-run.js';

function requireTowers(run: EngineRun): PreparedTowers {
  if (run.towers !== undefined) return run.towers;
  throw new Fault('precondition', `run ${run.request.runId} is not prepared for encoding`);
}

function choosePassingOf(towers: PreparedTowers, { images, texts }: EncodeRequest): Passing {
  const countBytes: CountKeptBytes = (...what) =>
    (images ? towers.images.countKeptBytes(images, ...what) : 0) +
    (texts ? towers.texts.countKeptBytes(texts, ...what) : 0);
  return choosePassing(countBytes, {
    budgetBytes: towers.activationBudgetBytes,
    prefersCheckpoints: towers.prefersCheckpoints,
  });
}

/** What the frozen parts of the towers give for a batch. */
export async function extractFeatures(
  run: EngineRun,
  { images, texts }: ExtractFeaturesRequest,
): Promise<ExtractedFeatures> {
  const { trunks } = requireTowers(run);
  if (trunks === undefined) {
    const { runId, scope = 'full' } = run.request;
    throw new Fault(
      'precondition',
      `run ${runId} trains its towers (${scope}): it has no features`,
    );
  }
  return {
    ...(images && { imageFeatures: await trunks.images.encode('parameters', images) }),
    ...(texts && { textFeatures: await trunks.texts.encode('parameters', texts) }),
    ...(images && { pixels: images.pixels }),
  };
}

/** Refuses pixels and tokens where features are wanted, and the other way round. */
function requireKind(
  { request: { runId, scope = 'full' } }: EngineRun,
  { trunks }: PreparedTowers,
  batch: EncodeRequest,
): void {
  for (const part of [batch.images, batch.texts]) {
    if (part === undefined || 'features' in part === (trunks !== undefined)) continue;
    const wanted = trunks === undefined ? 'pixels and tokens' : 'features: extract them first';
    throw new Fault('precondition', `run ${runId} has the scope ${scope} and takes ${wanted}`);
  }
}

/** Embeds a batch with the weights of one array; with `retain` it stays for the way back. */
export async function encodeBatch(run: EngineRun, request: EncodeRequest): Promise<EncodedBatch> {
  const towers = requireTowers(run);
  const { store } = run;
  const { array, version, images, texts, retain, step } = request;
  if (version !== undefined) requireVersion(store, array, version);
  requireKind(run, towers, request);
  const passing = retain ? choosePassingOf(towers, request) : undefined;
  // A batch that fails half-way must not be taken for one that is retained.
  if (retain) run.retained = undefined;
  const embed = <Batch>(tower: Tower<Batch>, batch: Batch) =>
    passing?.passes === 1
      ? tower.encodeKeeping(array, batch, passing.keeping)
      : tower.encode(array, batch);
  const imageEmbeddings = images && (await embed(towers.images, images));
  const textEmbeddings = texts && (await embed(towers.texts, texts));
  if (passing !== undefined) {
    // With one pass everything that goes back is kept already: the pixels can go.
    const kept =
      images && passing.passes === 1 ? { count: images.count, pixels: new Float32Array() } : images;
    run.retained = {
      step,
      array,
      version: store.version(array),
      writes: store.writes(array),
      passing,
      ...(kept && { images: kept }),
      ...(texts && { texts }),
    };
  }
  return {
    ...(imageEmbeddings && { imageEmbeddings }),
    ...(textEmbeddings && { textEmbeddings }),
    ...(passing && { passing }),
    ...(images && 'pixels' in images && passing?.passes !== 2 && { pixels: images.pixels }),
  };
}

/** Takes gradients of the retained batch's embeddings back to an array and, where asked, to the pixels. */
export async function backpropagateBatch(
  run: EngineRun,
  request: BackpropagateRequest,
): Promise<BackpropagatedBatch> {
  const towers = requireTowers(run);
  const { retained, store } = run;
  if (retained?.step !== request.step) {
    throw new Fault(
      'not-retained',
      `run ${request.runId} retains no batch of step ${request.step}: encode it again with retain`,
    );
  }
  const { array, version, passing, images, texts } = retained;
  if (store.writes(array) !== retained.writes) {
    throw new Fault(
      'not-retained',
      `${array} of run ${request.runId} was written since the batch of step ${request.step} was encoded: encode it again`,
    );
  }
  const { imageGradients, textGradients, array: target = 'gradient', keepBatch = false } = request;
  const size = run.opened.embeddingSize;
  requireLength(imageGradients, (images?.count ?? 0) * size, 'image');
  requireLength(textGradients, (texts?.count ?? 0) * size, 'text');
  const pixelGradients = request.pixelGradients ? allocatePixels(run, towers, images) : undefined;
  zeroArray(store, target);
  const way = { array, target, passing };
  if (images && imageGradients) {
    await towers.images.backward({
      ...way,
      batch: images,
      gradients: imageGradients,
      ...(pixelGradients && { pixelGradients }),
    });
  }
  if (texts && textGradients) {
    await towers.texts.backward({ ...way, batch: texts, gradients: textGradients });
  }
  if (!keepBatch) run.retained = undefined;
  store.setVersion(target, version);
  const written = { array: target, version, writes: store.writes(target) };
  return { ...written, ...(pixelGradients && { pixelGradients }) };
}

/** Room for the gradients of a batch's pixels. */
function allocatePixels(
  { config: { vision }, request: { runId } }: EngineRun,
  { pixelGradients }: PreparedTowers,
  images: { readonly count: number } | undefined,
): Float32Array {
  if (!pixelGradients) {
    throw new Fault('precondition', `run ${runId} is not prepared for gradients of pixels`);
  }
  return new Float32Array((images?.count ?? 0) * vision.channels * vision.imageSize ** 2);
}

function requireLength(gradients: Float32Array | undefined, length: number, what: string): void {
  if (gradients === undefined || gradients.length === length) return;
  throw new Fault(
    'invalid',
    `the ${what} gradients have ${gradients.length} elements, the retained batch ${length}`,
  );
}
