import { fileURLToPath } from 'node:url';
import { createRandom } from '@holdfast/random';
import type { EncodedBatch, Engine, OpenModelRequest, PrepareEncodingRequest } from '../engine.js';
import { createLocalEngine } from '../engine-core.js';
import type { ImageBatch, TextBatch } from '../runtime/batch.js';
import type { ChosenProvider } from '../runtime/execution-provider.js';

/** A small CLIP, the one that the golden numbers are of. */
export const modelPath = fileURLToPath(
  new URL('../../../testing/golden/gtsrb-speed80', import.meta.url),
);

/** The run of a fixture. */
export const runId = 'run';
/** Length of an embedding of the model. */
export const embeddingSize = 64;

/** An engine with the model open, heads included, and prepared for encoding. */
export async function openFixture(
  chunks: Omit<PrepareEncodingRequest, 'runId'> = {},
  provider?: ChosenProvider,
  opening: Partial<OpenModelRequest> = {},
): Promise<Engine> {
  const limits = { threads: 1, activationBudgetBytes: 2 ** 30 };
  const engine = createLocalEngine({ ...limits, ...(provider && { provider }) });
  const heads = { count: 3, rank: 4, seed: 1 };
  await engine.openModel({ runId, path: modelPath, heads, ...opening });
  await engine.prepareEncoding({ runId, ...chunks });
  return engine;
}

/** Random images. */
export function drawImages(count: number, seed = 0): ImageBatch {
  const random = createRandom(seed, 1);
  const pixels = new Float32Array(count * 3 * 32 * 32).map(() => random.normal());
  return { count, pixels };
}

/** Random texts of random lengths, under heads -1 to 2. */
export function drawTexts(count: number, seed = 0): TextBatch {
  const random = createRandom(seed, 2);
  // Start, some words, and the end token up to the end.
  const tokens = new Int32Array(count * 16).fill(1586);
  for (let row = 0; row < count; row += 1) {
    tokens[row * 16] = 1585;
    const words = 1 + random.integer(14);
    for (let i = 1; i <= words; i += 1) tokens[row * 16 + i] = random.integer(1585);
  }
  return { count, tokens, heads: Int32Array.from({ length: count }, () => random.integer(4) - 1) };
}

/** Random numbers. */
export function drawGradients(count: number, seed: number): Float32Array {
  const random = createRandom(seed, 3);
  return new Float32Array(count * embeddingSize).map(() => random.normal());
}

/** Embeds a batch and takes random gradients back; the whole gradient and the embeddings. */
export async function passBatch(
  engine: Engine,
  counts: { images: number; texts: number },
): Promise<EncodedBatch & { readonly gradient: Float32Array }> {
  const encoded = await engine.encode({
    runId,
    step: 0,
    array: 'parameters',
    retain: true,
    images: drawImages(counts.images),
    texts: drawTexts(counts.texts),
  });
  await engine.backpropagate({
    runId,
    step: 0,
    imageGradients: drawGradients(counts.images, 1),
    textGradients: drawGradients(counts.texts, 2),
  });
  const count = await engine.readLength({ runId });
  const gradient = await engine.readArray({ runId, array: 'gradient', offset: 0, count });
  return { ...encoded, gradient };
}
