/** An 8-bit RGB image: rows from top to bottom, pixels from left to right, red, green, blue. */
export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** [height, width, 3]. */
  readonly data: Uint8Array;
}
