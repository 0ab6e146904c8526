import type { Sharp } from 'sharp';
import { findOrientation, isOrientedFormat, type OrientedFormat } from './find-orientation.js';
import { defaultImageLimits } from './image-limits.js';
import { loadSharp } from './load-sharp.js';
import { readImageFile } from './prepare-image.js';
import { sniffFormat } from './sniff-format.js';

/**
 * A picture for a page: at most `sizePx` on its longer side, never enlarged, as a `data:` URI; empty
 * where the image is gone or cannot be decoded, for no run should fail for want of an illustration.
 *
 * Meant for eyes only: resampling is sharp's default, colours are converted to sRGB, and of a damaged
 * image what can be shown is.
 *
 * @param source a file, or its bytes
 */
export async function createThumbnail(
  source: string | Uint8Array,
  sizePx: number,
): Promise<string> {
  const bytes =
    typeof source === 'string' ? await readImageFile(source).catch(() => undefined) : source;
  const format = bytes && sniffFormat(bytes);
  if (bytes === undefined || format === undefined) return '';
  const sharp = await loadSharp();
  const image = sharp(bytes, {
    autoOrient: !isOrientedFormat(format),
    failOn: 'none',
    limitInputPixels: defaultImageLimits.pixelsMax,
  });
  const png = await turn(image, isOrientedFormat(format) ? readOrientation(bytes, format) : 1)
    .resize(sizePx, sizePx, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .png({ compressionLevel: 9 })
    .toBuffer()
    .catch(() => undefined);
  return png === undefined ? '' : `data:image/png;base64,${png.toString('base64')}`;
}

function readOrientation(bytes: Uint8Array, format: OrientedFormat): number {
  try {
    return findOrientation(bytes, format);
  } catch {
    return 1;
  }
}

/** As {@link orientImage}, by the decoder library, which mirrors first and then turns. */
function turn(image: Sharp, orientation: number): Sharp {
  const mirrored = [2, 4, 5, 7].includes(orientation) ? image.flop() : image;
  const degrees = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 }[orientation];
  return degrees === undefined ? mirrored : mirrored.rotate(degrees);
}
