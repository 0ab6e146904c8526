import type { Random } from '@holdfast/random';
import { augmentAndNormalize } from './augment-and-normalize.js';
import type { Augmentation } from './augmentation.js';
import type { Preprocessing } from './preprocessing.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Augments prepared pixels as training does, for eyes: values are rounded to 0..255 and not normalised.
 *
 * @param pixels [cropHeight, cropWidth, 3]
 */
export function augmentPixels(
  pixels: Uint8Array,
  preprocessing: Preprocessing,
  augmentation: Augmentation,
  random: Random,
): RgbImage {
  const { cropHeight: height, cropWidth: width } = preprocessing;
  const planes = new Float32Array(pixels.length);
  const plain = { ...preprocessing, doRescale: false, doNormalize: false };
  augmentAndNormalize(pixels, planes, plain, augmentation, random);
  const size = height * width;
  const data = Uint8Array.from(pixels, (_, i) =>
    Math.round(planes[(i % 3) * size + Math.floor(i / 3)]!),
  );
  return { height, width, data };
}
