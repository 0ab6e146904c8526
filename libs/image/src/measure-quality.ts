import type { GreyImage } from './grey-image.js';

/** What can be said of an image's quality without knowing what it shows. */
export interface ImageQuality {
  /** Variance of the Laplacian, in units of (1/255)^2; small where nothing is sharp. */
  readonly sharpness: number;
  /** Mean luma, 0 to 255. */
  readonly brightness: number;
  /** Standard deviation of luma, in units of 1/255. */
  readonly contrast: number;
}

/**
 * Measures sharpness, brightness and contrast of luma Y, [height, width].
 *
 *   L[r, c] = Y[r-1, c] + Y[r+1, c] + Y[r, c-1] + Y[r, c+1] - 4 Y[r, c]    inside the border
 *   sharpness = var(L),  brightness = mean(Y),  contrast = sd(Y)
 *
 * An image of fewer than 3 rows or columns has no inside: its sharpness is 0.
 * Source of the measure: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000.
 */
export function measureQuality({ height, width, data }: GreyImage): ImageQuality {
  const values = createMoments();
  for (const value of data) values.add(value);
  const laplacian = createMoments();
  for (let row = 1; row < height - 1; row += 1) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at += 1) {
      const around = data[at - width]! + data[at + width]! + data[at - 1]! + data[at + 1]!;
      laplacian.add(around - 4 * data[at]!);
    }
  }
  return {
    sharpness: laplacian.variance(),
    brightness: values.mean(),
    contrast: Math.sqrt(values.variance()),
  };
}

/** Mean and population variance by Welford's recurrence: stable, in one pass. */
function createMoments() {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add(value: number) {
      count += 1;
      const change = value - mean;
      mean += change / count;
      squares += change * (value - mean);
    },
    mean: () => mean,
    variance: () => (count === 0 ? 0 : squares / count),
  };
}
