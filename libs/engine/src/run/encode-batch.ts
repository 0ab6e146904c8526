import { Fault } from '@holdfast/fault';
import type { BackpropagateRequest, EncodedBatch, EncodeRequest, WrittenArray } from '../engine.js';
import { zeroArray } from '../memory/array-operations.js';
import type { Passes } from '../runtime/tower.js';
import type { EngineRun, RunTowers } from './open-run.js';

function requireTowers(run: EngineRun): RunTowers {
  if (run.towers !== undefined) return run.towers;
  throw new Fault('precondition', `run ${run.request.runId} is not prepared for encoding`);
}

/** One pass if everything that the batch keeps fits the budget. */
function choosePasses(towers: RunTowers, { images, texts }: EncodeRequest): Passes {
  const bytes =
    towers.images.countKeptBytes(images?.count ?? 0) +
    towers.texts.countKeptBytes(texts?.count ?? 0);
  return bytes <= towers.activationBudgetBytes ? 1 : 2;
}

/** Embeds a batch with the weights of one array; with `retain` it stays for the way back. */
export async function encodeBatch(run: EngineRun, request: EncodeRequest): Promise<EncodedBatch> {
  const towers = requireTowers(run);
  const { array, images, texts, retain, step } = request;
  const passes = retain ? choosePasses(towers, request) : undefined;
  // A batch that fails half-way must not be taken for one that is retained.
  if (retain) run.retained = undefined;
  const method = passes === 1 ? 'encodeKeeping' : 'encode';
  const imageEmbeddings = images && (await towers.images[method](array, images));
  const textEmbeddings = texts && (await towers.texts[method](array, texts));
  if (passes !== undefined) {
    // With one pass everything that goes back is kept already: the pixels can go.
    const pixels = passes === 1 ? new Float32Array() : images?.pixels;
    const kept = images && pixels && { images: { count: images.count, pixels } };
    run.retained = { step, array, passes, ...kept, ...(texts && { texts }) };
  }
  return {
    ...(imageEmbeddings && { imageEmbeddings }),
    ...(textEmbeddings && { textEmbeddings }),
    ...(passes && { passes }),
    ...(images && passes !== 2 && { pixels: images.pixels }),
  };
}

/** Takes gradients of the retained batch's embeddings back to the array `gradient`. */
export async function backpropagateBatch(
  run: EngineRun,
  request: BackpropagateRequest,
): Promise<WrittenArray> {
  const towers = requireTowers(run);
  const { retained, store } = run;
  if (retained?.step !== request.step) {
    throw new Fault(
      'precondition',
      `run ${request.runId} retains no batch of step ${request.step}: encode it again with retain`,
    );
  }
  const { array, passes, images, texts } = retained;
  const { imageGradients, textGradients } = request;
  const size = run.opened.embeddingSize;
  requireLength(imageGradients, (images?.count ?? 0) * size, 'image');
  requireLength(textGradients, (texts?.count ?? 0) * size, 'text');
  zeroArray(store, 'gradient');
  if (images && imageGradients) {
    await towers.images.backward({ array, batch: images, gradients: imageGradients, passes });
  }
  if (texts && textGradients) {
    await towers.texts.backward({ array, batch: texts, gradients: textGradients, passes });
  }
  run.retained = undefined;
  return { array: 'gradient', version: store.version('gradient') };
}

function requireLength(gradients: Float32Array | undefined, length: number, what: string): void {
  if (gradients === undefined || gradients.length === length) return;
  throw new Fault(
    'invalid',
    `the ${what} gradients have ${gradients.length} elements, the retained batch ${length}`,
  );
}
