import { Fault } from '@holdfast/fault';
import type { ImageLimits } from './image-limits.js';
import type { Preprocessing } from './preprocessing.js';
import { resizeBicubic } from './resize-bicubic.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Bicubic resize so that the shorter edge has `shortestEdge` pixels; the longer one is rounded down.
 * Bit-equal to Pillow.
 *
 * The decoder library's own resampling is not: it differs by up to 11 of 255 at hard edges, where a sum
 * goes beyond black or white.
 *
 * @throws Fault `invalid` if the result would have more than `pixelsMax` pixels.
 */
export function resizeShortestEdge(
  image: RgbImage,
  { doResize, shortestEdge }: Preprocessing,
  { pixelsMax }: ImageLimits,
): RgbImage {
  const shorter = Math.min(image.height, image.width);
  if (!doResize || shorter === shortestEdge) return image;
  const longer = Math.max(image.height, image.width);
  const resized = Math.trunc((shortestEdge * longer) / shorter);
  if (resized * shortestEdge > pixelsMax) {
    throw new Fault('invalid', `it is ${image.width} x ${image.height}: too elongated`);
  }
  const [height, width] =
    image.width <= image.height ? [resized, shortestEdge] : [shortestEdge, resized];
  return resizeBicubic(image, { height, width });
}
