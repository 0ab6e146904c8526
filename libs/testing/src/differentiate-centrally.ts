/**
 * Central differences of a value by every element of its input, which is put back.
 *
 *   (f(x + h) - f(x - h)) / 2h,   h = 2^-12
 *
 * The input is float32: the distance is what the rounded numbers are apart. The error is of second order in h.
 */
export function differentiateCentrally(input: Float32Array, value: () => number): Float64Array {
  const step = 2 ** -12;
  return Float64Array.from(input, (saved, i) => {
    input[i] = saved + step;
    const [above, at] = [value(), input[i]!];
    input[i] = saved - step;
    const slope = (above - value()) / (at - input[i]!);
    input[i] = saved;
    return slope;
  });
}
