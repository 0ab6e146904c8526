import type { RgbImage } from './rgb-image.js';

/** A rectangle of pixels. */
export interface CropBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Cuts a rectangle out; the whole image is given back as it is. */
export function cropImage(image: RgbImage, { top, left, height, width }: CropBox): RgbImage {
  if (height === image.height && width === image.width) return image;
  const data = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row += 1) {
    const from = 3 * ((top + row) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * row * width);
  }
  return { height, width, data };
}
