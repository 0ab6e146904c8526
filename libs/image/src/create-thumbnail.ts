import sharp from 'sharp';

/** Largest image that a thumbnail is made of, in pixels. */
const pixelsMax = 64_000_000;

/**
 * A picture for a page: at most `sizePx` on its longer side, never enlarged, as a `data:` URI.
 *
 * Meant for eyes only: resampling is sharp's default and colours are converted to sRGB.
 */
export async function createThumbnail(file: string, sizePx: number): Promise<string> {
  const png = await sharp(file, { limitInputPixels: pixelsMax })
    .resize(sizePx, sizePx, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
