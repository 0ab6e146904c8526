import type { Plan } from '@holdfast/plan';
import type { Augmentation } from '@holdfast/proto/holdfast/encoder/v1/encoder';

/** A plan's augmentation for the encoder, which shifts by whole pixels of the prepared image. */
export function toAugmentation(
  { crop, shift, ...others }: Plan['training']['augmentation'],
  imageSide: number,
): Augmentation {
  const rest = { ...others, shiftPixels: Math.round(shift * imageSide) };
  if (crop === undefined) return { ...rest, crop };
  const [scaleMin, scaleMax] = crop.scale;
  const [ratioMin, ratioMax] = crop.ratio;
  return { ...rest, crop: { scaleMin, scaleMax, ratioMin, ratioMax } };
}
