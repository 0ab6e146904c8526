import { createHash } from 'node:crypto';
import { Fault } from '@holdfast/fault';
import { decodeImage } from './decode-image.js';
import { averageParts, toGrey } from './grey-image.js';
import { defaultImageLimits, type ImageLimits } from './image-limits.js';
import { type ImageQuality, measureQuality } from './measure-quality.js';
import { hashPerceptually, type PerceptualHash } from './perceptual-hash.js';
import { readImageFile } from './prepare-image.js';

/** What is seen of an image file without a model. */
export interface ImageTraits extends ImageQuality {
  /** Of the file, 32 bytes. */
  readonly sha256: Uint8Array;
  /** Upright, in pixels. */
  readonly height: number;
  readonly width: number;
  readonly hash: PerceptualHash;
  /** Mean luma of {@link sketchSide} x {@link sketchSide} parts, rounded to 0..255. */
  readonly sketch: Uint8Array;
}

/** Parts of an image's sketch, on each side. */
export const sketchSide = 8;

/** Quality is measured on about so many pixels of the shorter side, so that large and small images compare. */
const measuredSidePx = 256;

/**
 * Reads and decodes an image and measures it. Sharpness, brightness and contrast are those of luma averaged over blocks
 * of k x k pixels, k = max(1, floor(shorter side / 256)).
 *
 * @throws Fault `not-found` or `invalid` that says why it cannot be used.
 */
export async function inspectImage(
  file: string,
  limits: ImageLimits = defaultImageLimits,
  read: (file: string, limits: ImageLimits) => Uint8Array | Promise<Uint8Array> = readImageFile,
): Promise<ImageTraits> {
  const bytes = await read(file, limits);
  const image = await decodeImage(bytes, limits).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.kind, `the image ${file} cannot be used: ${error.message}`, {
      cause: error,
    });
  });
  const { height, width } = image;
  const grey = toGrey(image, Math.max(1, Math.floor(Math.min(height, width) / measuredSidePx)));
  return {
    sha256: createHash('sha256').update(bytes).digest(),
    height,
    width,
    ...measureQuality(grey),
    hash: hashPerceptually(grey),
    sketch: Uint8Array.from(averageParts(grey, sketchSide), Math.round),
  };
}
