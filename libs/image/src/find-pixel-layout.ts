import { isStartOfFrame, readJpegHeader } from './jpeg-segments.js';
import type { ImageFormat } from './sniff-format.js';

/** How a file stores pixels, as far as decoding differs. */
export type PixelLayout = 'rgb' | 'cmyk' | 'grey16' | 'unknown';

/**
 * Tells from the first bytes of a file whether decoding it needs a path of its own. Asking the decoder
 * library costs half as much as decoding a small image, so that only TIFF is left to it.
 */
export function findPixelLayout(bytes: Uint8Array, format: ImageFormat): PixelLayout {
  if (format === 'png') return bytes[24] === 16 && bytes[25] === 0 ? 'grey16' : 'rgb';
  if (format === 'jpeg') return countJpegComponents(bytes) === 4 ? 'cmyk' : 'rgb';
  return format === 'tiff' ? 'unknown' : 'rgb';
}

/** Components of the frame (SOF marker); 0 if there is none. */
function countJpegComponents(bytes: Uint8Array): number {
  const frame = readJpegHeader(bytes).find(({ marker }) => isStartOfFrame(marker));
  return frame?.data[5] ?? 0;
}
