/** Random changes of training images, on prepared pixels of 0 to 255, in this order. */
export interface Augmentation {
  /** Absent: the whole image. */
  readonly crop?: RandomResizedCrop | undefined;
  /** Turned about the centre by a uniform angle in [-r, r] degrees, what comes in from outside black. */
  readonly rotationDegrees: number;
  /** Largest shift in pixels on each axis, a uniform integer; the border is reflected. */
  readonly shiftPixels: number;
  /** Contrast about the image's own mean is multiplied by a uniform factor in [1 - c, 1 + c]. */
  readonly contrast: number;
  /** Brightness changes by a uniform amount in [-b, b], in units of 1/255. */
  readonly brightness: number;
  /** Mirror left to right with probability one half. */
  readonly flip: boolean;
}

/** A rectangle of the image, brought back to the image's size: torchvision's RandomResizedCrop. */
export interface RandomResizedCrop {
  /** Share of the image's area, uniform in [scaleMin, scaleMax]. */
  readonly scaleMin: number;
  readonly scaleMax: number;
  /** Width over height, its logarithm uniform in [log ratioMin, log ratioMax]. */
  readonly ratioMin: number;
  readonly ratioMax: number;
}

/** Whether there is nothing to draw. */
export function isPlain(augmentation: Augmentation): boolean {
  const { crop, rotationDegrees, shiftPixels, contrast, brightness, flip } = augmentation;
  const amounts = [rotationDegrees, shiftPixels, contrast, brightness];
  return crop === undefined && amounts.every((amount) => amount === 0) && !flip;
}
