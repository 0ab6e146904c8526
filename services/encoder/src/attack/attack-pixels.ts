import { ascendPixels, scatterPixels } from '@holdfast/corruption';
import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import { listInputRanges } from '@holdfast/image';
import { createRandom } from '@holdfast/random';
import type { EncodeBatch } from '../encode-batch.js';
import { type EncoderRun, requireSamples, requireTraining } from '../encoder-run.js';
import { crossEntropyDirections } from './cross-entropy-directions.js';
import type { ImageAttack } from './image-attack.js';

/** With what images are attacked. */
export interface AttackContext {
  readonly engine: Engine;
  readonly run: EncoderRun;
  readonly weights: EncodeBatch['weights'];
  /** Ends an attack between two of its steps. */
  readonly signal?: AbortSignal | undefined;
}

/** Images as a tower takes them, before they are attacked. */
export interface AttackedSlab {
  /** Indices in the sample table. */
  readonly samples: readonly number[];
  /** [samples, 3, height, width]; it is read. */
  readonly original: Float32Array;
}

/** Pixels that are attacked at once: iterates, originals and gradients, 16 MiB each. */
const slabElementsMax = 2 ** 22;
/** Names the engine's batch: no step of training is called so. */
export const attackStep = -1;
/** Hexadecimal digits of 32 bits. */
const seedDigits = 8;
/** The stream that starts are drawn from; 0, 1, ... are those of corruptions. */
const startStream = 2 ** 16;

/**
 * Images that are attacked at once, in whole chunks.
 *
 * @throws Fault `precondition` if training was not prepared with gradients of pixels.
 */
export function countSlabImages(run: EncoderRun): number {
  const { prepared, pixelGradients } = requireTraining(run);
  if (!pixelGradients) {
    throw new Fault(
      'precondition',
      `run '${run.settings.runId}' is not prepared for attacks: call PrepareTraining with pixel_gradients`,
    );
  }
  const { cropHeight, cropWidth } = run.directory.preprocessing;
  const chunk = prepared.imageChunkSize;
  return chunk * Math.max(1, Math.floor(slabElementsMax / (3 * cropHeight * cropWidth * chunk)));
}

/**
 * The pixels that an attack makes of a slab's: [samples, 3, height, width]. An image's iterates depend on it, the weights and the
 * chunk size alone.
 *
 * @param attack one label for each image
 */
export async function attackPixels(
  { engine, run, weights, signal }: AttackContext,
  { samples, original }: AttackedSlab,
  { steps, startsAtRandom, ...attack }: ImageAttack,
): Promise<Float32Array> {
  const { table } = requireSamples(run);
  const { runId } = run.settings;
  const pixels = original.slice();
  const channels = listInputRanges(run.directory.preprocessing);
  const count = samples.length;
  const size = original.length / count;
  if (startsAtRandom) {
    for (let i = 0; i < count; i += 1) {
      const { sha256 } = table.samples[samples[i]!]!;
      const seed = Number.parseInt(sha256.slice(0, seedDigits), 16);
      const random = createRandom(seed, startStream);
      scatterPixels(takeImage({ pixels, original }, i, size), channels, attack, random);
    }
  }
  const batch = { runId, step: attackStep, ...weights, retain: true };
  for (let step = 0; step < steps; step += 1) {
    signal?.throwIfAborted();
    // A copy: the engine takes the array away.
    const images = { count, pixels: pixels.slice() };
    const { imageEmbeddings } = await engine.encode({ ...batch, images });
    const { pixelGradients } = await engine.backpropagate({
      ...{ runId, step: attackStep, pixelGradients: true },
      imageGradients: crossEntropyDirections(imageEmbeddings!, attack),
    });
    for (let i = 0; i < count; i += 1) {
      const gradients = pixelGradients!.subarray(i * size, (i + 1) * size);
      ascendPixels(takeImage({ pixels, original }, i, size), gradients, channels, attack);
    }
  }
  return pixels;
}

/** One image of several, a view. */
function takeImage(
  { pixels, original }: Record<'pixels' | 'original', Float32Array>,
  index: number,
  size: number,
) {
  const view = (array: Float32Array) => array.subarray(index * size, (index + 1) * size);
  return { pixels: view(pixels), original: view(original) };
}
