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
 */
export async function createThumbnail(file: string, sizePx: number): Promise<string> {
  const bytes = await readImageFile(file).catch(() => undefined);
  if (bytes === undefined || sniffFormat(bytes) === undefined) return '';
  const sharp = await loadSharp();
  const image = sharp(bytes, {
    autoOrient: true,
    failOn: 'none',
    limitInputPixels: defaultImageLimits.pixelsMax,
  });
  const png = await image
    .resize(sizePx, sizePx, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .png({ compressionLevel: 9 })
    .toBuffer()
    .catch(() => undefined);
  return png === undefined ? '' : `data:image/png;base64,${png.toString('base64')}`;
}
