/** Crossings closer than this are the same: a thousandth of a millionth of a point. */
const resolution = 1e-11;

/**
 * Where an increasing function crosses zero, from below: regula falsi with the Illinois change,
 * which halves the weight of an end that stays.
 */
export function findCrossing(
  evaluate: (x: number) => number,
  start: number,
  end: number,
  startValue: number,
): number {
  let [low, high] = [start, end];
  let [lowValue, highValue] = [startValue, evaluate(end)];
  let side = 0;
  for (let i = 0; i < 200 && high - low > resolution; i += 1) {
    const secant = (low * highValue - high * lowValue) / (highValue - lowValue);
    // Every fourth step bisects, so that both ends close in.
    const x = i % 4 === 3 ? (low + high) / 2 : secant;
    const value = evaluate(x);
    if (value <= 0) {
      [low, lowValue] = [x, value];
      if (side === -1) highValue /= 2;
      side = -1;
    } else {
      [high, highValue] = [x, value];
      if (side === 1) lowValue /= 2;
      side = 1;
    }
    if (Math.abs(value) < 1e-13) return x;
  }
  return low;
}
