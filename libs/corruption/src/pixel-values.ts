/** As many values at every pixel. */
export interface ValueGrid {
  readonly height: number;
  readonly width: number;
  /** [height, width, values of a pixel]. */
  readonly data: Float64Array;
}

/** Values of an RGB image in [0, 1], on their way through a corruption: three at every pixel. */
export interface PixelValues extends ValueGrid {}

/** Changes every value of a copy. */
export function mapValues(
  { height, width, data }: PixelValues,
  change: (value: number, place: number) => number,
): PixelValues {
  const output = new Float64Array(data.length);
  for (let i = 0; i < data.length; i += 1) output[i] = change(data[i]!, i);
  return { height, width, data: output };
}

/** A copy whose values are cut to [0, 1]. */
export function clampValues(image: PixelValues): PixelValues {
  return mapValues(image, clampValue);
}

/** A value cut to [0, 1]. */
export function clampValue(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
