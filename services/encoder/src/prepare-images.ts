import type { ImageBatch } from '@holdfast/engine';
import { type Augmentation, augmentAndNormalize } from '@holdfast/image';
import { createRandom } from '@holdfast/random';
import type { EncoderRun } from './encoder-run.js';

/** Images of a request, checked. */
export interface ImageRequest {
  readonly samples: readonly number[];
  readonly augmentedCount: number;
  readonly augmentation: Augmentation;
  readonly augmentationSeed: number;
}

/**
 * The tower's input for samples start, start + 1, ... of a request.
 *
 * Image i of the request draws its augmentation from the stream (seed, i): the numbers do not depend
 * on how the batch is cut.
 */
export function prepareImages(
  { directory, prepared, pixelBuffers }: EncoderRun,
  request: ImageRequest,
  { start, count }: { start: number; count: number },
): ImageBatch {
  const { preprocessing } = directory;
  const size = 3 * preprocessing.cropHeight * preprocessing.cropWidth;
  const pixels = pixelBuffers.take(count * size);
  for (let i = 0; i < count; i += 1) {
    const position = start + i;
    const from = prepared.pixels(request.samples[position]!);
    const to = pixels.subarray(i * size, (i + 1) * size);
    if (position < request.augmentedCount) {
      const random = createRandom(request.augmentationSeed, position);
      augmentAndNormalize(from, to, preprocessing, request.augmentation, random);
    } else {
      augmentAndNormalize(from, to, preprocessing);
    }
  }
  return { count, pixels };
}
