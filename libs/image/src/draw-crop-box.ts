import type { Random } from '@holdfast/random';
import type { RandomResizedCrop } from './augmentation.js';
import type { CropBox } from './crop-image.js';

const triesMax = 10;

/**
 * Draws a rectangle of an image.
 *
 *   a = U(scale) height width,  r = exp(U(log ratio)),  width' = round sqrt(a r),  height' = round sqrt(a / r)
 *
 * up to ten times, until it fits; then its left upper corner, uniform. If none fits: the largest
 * rectangle about the centre whose ratio is allowed.
 *
 * `random` is asked in this order: a, r, and once it fits top, left.
 * Source: torchvision, `RandomResizedCrop.get_params`.
 */
export function drawCropBox(
  { height, width }: { readonly height: number; readonly width: number },
  { scaleMin, scaleMax, ratioMin, ratioMax }: RandomResizedCrop,
  random: Random,
): CropBox {
  const draw = (low: number, high: number) => low + (high - low) * random.uniform();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const area = height * width * draw(scaleMin, scaleMax);
    const ratio = Math.exp(draw(Math.log(ratioMin), Math.log(ratioMax)));
    const wide = roundHalfEven(Math.sqrt(area * ratio));
    const high = roundHalfEven(Math.sqrt(area / ratio));
    if (wide > 0 && high > 0 && wide <= width && high <= height) {
      const top = random.integer(height - high + 1);
      const left = random.integer(width - wide + 1);
      return { top, left, height: high, width: wide };
    }
  }
  return findCentralBox({ height, width }, { ratioMin, ratioMax });
}

function findCentralBox(
  image: { readonly height: number; readonly width: number },
  { ratioMin, ratioMax }: Pick<RandomResizedCrop, 'ratioMin' | 'ratioMax'>,
): CropBox {
  const ratio = image.width / image.height;
  const width = ratio > ratioMax ? roundHalfEven(image.height * ratioMax) : image.width;
  const height = ratio < ratioMin ? roundHalfEven(image.width / ratioMin) : image.height;
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
  return { top, left, height, width };
}

/** Rounds as Python does. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  return isHalf ? below + (below % 2) : Math.round(value);
}
