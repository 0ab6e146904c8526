import type { PixelReader } from '@holdfast/dataset';
import { type Augmentation, augmentAndNormalize, type Preprocessing } from '@holdfast/image';
import { createRandom } from '@holdfast/random';

/** Images of a request, checked. */
export interface ImageRequest {
  /** Indices in the sample table. */
  readonly samples: readonly number[];
  readonly augmentedCount: number;
  readonly augmentation: Augmentation;
  readonly augmentationSeed: number;
  /** Place of the first image in the step's whole batch. */
  readonly firstIndex: number;
}

/** Images start, start + 1, ... of a request. Plain data: any thread can be asked for them. */
export interface FillRequest extends Omit<ImageRequest, 'samples'> {
  readonly preprocessing: Preprocessing;
  /** Where the images are among the prepared ones. */
  readonly positions: readonly number[];
  readonly start: number;
}

/**
 * Fills `pixels`, [positions, 3, height, width], with the tower's input.
 *
 * Image i of the whole request draws its augmentation from the stream (seed, firstIndex + i): the numbers
 * depend neither on how a batch is cut or divided nor on the thread.
 */
export function fillPixels(reader: PixelReader, request: FillRequest, pixels: Float32Array): void {
  const { preprocessing, augmentation, augmentationSeed, firstIndex, start } = request;
  const size = 3 * preprocessing.cropHeight * preprocessing.cropWidth;
  for (const [i, position] of request.positions.entries()) {
    const from = reader.read(position);
    const to = pixels.subarray(i * size, (i + 1) * size);
    if (start + i < request.augmentedCount) {
      const random = createRandom(augmentationSeed, firstIndex + start + i);
      augmentAndNormalize(from, to, preprocessing, augmentation, random);
    } else {
      augmentAndNormalize(from, to, preprocessing);
    }
  }
}
