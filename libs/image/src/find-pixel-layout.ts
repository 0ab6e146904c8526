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
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return 0;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isStartOfFrame(marker)) return bytes[at + 9]!;
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return 0;
}

/** SOF0 to SOF15, without the three markers between them that are something else. */
function isStartOfFrame(marker: number): boolean {
  const others = [0xc4, 0xc8, 0xcc];
  return marker >= 0xc0 && marker <= 0xcf && !others.includes(marker);
}
