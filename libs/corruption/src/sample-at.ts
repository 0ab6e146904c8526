import type { Border } from './border.js';
import type { PixelValues } from './pixel-values.js';

/** Where each pixel's value comes from, row by row. */
export interface Places {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

/** Values of an image between its pixels, bilinear. */
export function sampleAt(
  { height, width, data }: PixelValues,
  { xs, ys }: Places,
  border: Border,
): Float64Array {
  const output = new Float64Array(data.length);
  for (let i = 0; i < xs.length; i += 1) {
    const x = Math.floor(xs[i]!);
    const y = Math.floor(ys[i]!);
    const right = xs[i]! - x;
    const down = ys[i]! - y;
    const x0 = 3 * border(x, width);
    const x1 = 3 * border(x + 1, width);
    const y0 = 3 * width * border(y, height);
    const y1 = 3 * width * border(y + 1, height);
    for (let c = 0; c < 3; c += 1) {
      const above = (1 - right) * data[y0 + x0 + c]! + right * data[y0 + x1 + c]!;
      const below = (1 - right) * data[y1 + x0 + c]! + right * data[y1 + x1 + c]!;
      output[3 * i + c] = (1 - down) * above + down * below;
    }
  }
  return output;
}
