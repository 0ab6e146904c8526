import type { RgbImage } from './rgb-image.js';

/** Raw pixels of another number of channels or bits. */
interface RawImage {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/**
 * CMYK to RGB without a profile: (255 - K) less C, M or Y of it, with Pillow's division by 255.
 *
 * Source: Pillow, `Convert.c`, `cmyk2rgb`.
 */
export function convertCmyk({ height, width, data }: RawImage): RgbImage {
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i += 1) {
    const light = 255 - data[4 * i + 3]!;
    for (let channel = 0; channel < 3; channel += 1) {
      const product = data[4 * i + channel]! * light + 128;
      rgb[3 * i + channel] = light - (((product >> 8) + product) >> 8);
    }
  }
  return { height, width, data: rgb };
}

/** 16-bit grey to RGB: what is above 255 becomes 255, as Pillow does it. `data` holds native 16-bit words. */
export function convertGrey16({ height, width, data }: RawImage): RgbImage {
  const words = new Uint16Array(data.buffer, data.byteOffset, height * width);
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0; i < words.length; i += 1) {
    rgb.fill(Math.min(words[i]!, 255), 3 * i, 3 * i + 3);
  }
  return { height, width, data: rgb };
}
