/** For each output position, the input positions it is a weighted sum of. */
export interface ResampleWeights {
  /** First input position of each output. */
  readonly starts: Int32Array;
  /** Number of input positions of each output. */
  readonly counts: Int32Array;
  /** [outputs, taps], in units of 2^-22. */
  readonly weights: Int32Array;
  readonly taps: number;
}

/** Bits after the point in 8-bit resampling. */
export const precisionBits = 22;

const radius = 2;
const sharpness = -0.5;

/** Keys' cubic convolution kernel with a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  const a = sharpness;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < radius) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/**
 * The weights of Pillow's bicubic resampling from `inputs` to `outputs` pixels: the kernel is widened
 * when scaling down (antialias), normalised, and rounded to 22 bits, as its 8-bit code does.
 *
 * Source of the rounding: Pillow, `Resample.c`, `precompute_coeffs` and `normalize_coeffs_8bpc`.
 */
export function computeBicubicWeights(inputs: number, outputs: number): ResampleWeights {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(outputs);
  const counts = new Int32Array(outputs);
  const weights = new Int32Array(outputs * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < outputs; i += 1) {
    const center = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const count = Math.min(Math.trunc(center + support + 0.5), inputs) - start;
    let sum = 0;
    for (let k = 0; k < count; k += 1) {
      exact[k] = cubic((k + start - center + 0.5) / stretch);
      sum += exact[k]!;
    }
    for (let k = 0; k < count; k += 1) {
      const fixed = (exact[k]! / sum) * 2 ** precisionBits;
      weights[i * taps + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, weights, taps };
}
