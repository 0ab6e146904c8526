import { loadSharp } from './load-sharp.js';
import type { RgbImage } from './rgb-image.js';

/** An RGB image as a PNG in a `data:` URI, for a page. */
export async function encodePicture({ height, width, data }: RgbImage): Promise<string> {
  const sharp = await loadSharp();
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
