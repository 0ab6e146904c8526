/** Random changes of training images, on prepared pixels of 0 to 255. */
export interface Augmentation {
  /** Largest shift in pixels on each axis, a uniform integer; the border is reflected. */
  readonly shiftPixels: number;
  /** Contrast about the image's own mean is multiplied by a uniform factor in [1 - c, 1 + c]. */
  readonly contrast: number;
  /** Brightness changes by a uniform amount in [-b, b], in units of 1/255. */
  readonly brightness: number;
  /** Mirror left to right with probability one half. */
  readonly flip: boolean;
}
