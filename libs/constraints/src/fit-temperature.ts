import type { ExampleScores } from './example-scores.js';

/** How far a fitted temperature may be from where the fit starts, as a factor either way. */
const temperatureRange = 5;

/**
 * The temperature that minimises the mean cross-entropy of some examples, within a factor of 5 of `start`.
 *
 * The loss is convex in b = 1/tau, with slope mean(E_p[z] - z_label) and curvature mean(Var_p[z]) over the
 * cosines z: Newton's method inside a bracket that shrinks by halves. Where every example is right the loss falls
 * all the way to the bound, and the bound is the answer.
 *
 * @throws RangeError if there are no examples.
 */
export function fitTemperature(examples: readonly ExampleScores[], start: number): number {
  if (examples.length === 0) throw new RangeError('no examples to fit a temperature on');
  let low = 1 / (start * temperatureRange);
  let high = temperatureRange / start;
  if (differentiateLoss(examples, low).slope >= 0) return 1 / low;
  if (differentiateLoss(examples, high).slope <= 0) return 1 / high;
  let inverse = 1 / start;
  for (let iteration = 0; iteration < 100; iteration += 1) {
    const { slope, curvature } = differentiateLoss(examples, inverse);
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const isSettled = Math.abs(next - inverse) <= 1e-12 * inverse;
    inverse = next;
    if (isSettled) break;
  }
  return 1 / inverse;
}

/** First and second derivative of the mean cross-entropy by the inverse temperature. */
function differentiateLoss(
  examples: readonly ExampleScores[],
  inverse: number,
): { readonly slope: number; readonly curvature: number } {
  let slope = 0;
  let curvature = 0;
  for (const { cosines, label } of examples) {
    const own = cosines[label]!;
    let largest = -Infinity;
    for (const cosine of cosines) largest = Math.max(largest, cosine);
    let [sum, first, second] = [0, 0, 0];
    for (const cosine of cosines) {
      const weight = Math.exp((cosine - largest) * inverse);
      const distance = cosine - own;
      sum += weight;
      first += weight * distance;
      second += weight * distance * distance;
    }
    const mean = first / sum;
    slope += mean / examples.length;
    curvature += (second / sum - mean * mean) / examples.length;
  }
  return { slope, curvature };
}
