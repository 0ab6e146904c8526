/** Goes over all parameters, in any order but every time the same: of each, the base's values and each model's. */
export type Visit = (
  see: (base: Float32Array, models: readonly Float32Array[]) => void,
) => Promise<void>;

/** Halves of a float32's bits: those of a number of at least 0 are ordered as the number. */
const halves = 2 ** 16;

/**
 * The magnitude, of each model, that `density` of its changes reach: the k-th largest of `|w_i - w_old|` over all
 * parameters together, k the nearest whole number to density times their count, at least 1. In float32.
 *
 * Two passes count magnitudes by the upper and then by the lower half of their bits: exact, and of memory that does
 * not grow with the model. Equal magnitudes are kept or trimmed together.
 *
 * @throws RangeError if there is nothing to see.
 */
export async function findThresholds(
  visit: Visit,
  { models, density }: { readonly models: number; readonly density: number },
): Promise<number[]> {
  const upper = await count(visit, models, (bits) => bits >>> 16);
  const found = upper.map((counts) => {
    const total = counts.reduce((sum, one) => sum + one, 0);
    if (total === 0) throw new RangeError('there is no parameter to trim');
    return findRank(counts, Math.max(1, Math.round(density * total)));
  });
  const lower = await count(visit, models, (bits, i) =>
    bits >>> 16 === found[i]!.at ? bits & 0xffff : -1,
  );
  return lower.map((counts, i) => {
    const { at, rank } = found[i]!;
    return toFloat(at * halves + findRank(counts, rank).at);
  });
}

/** For each model, how many of its magnitudes have which half; -1 counts nowhere. */
async function count(
  visit: Visit,
  models: number,
  half: (bits: number, model: number) => number,
): Promise<Float64Array[]> {
  const counts = Array.from({ length: models }, () => new Float64Array(halves));
  await visit((base, values) => {
    const magnitude = new Float32Array(1);
    const bits = new Uint32Array(magnitude.buffer);
    values.forEach((model, i) => {
      const own = counts[i]!;
      for (let at = 0; at < base.length; at += 1) {
        magnitude[0] = Math.abs(model[at]! - base[at]!);
        const index = half(bits[0]!, i);
        if (index >= 0) own[index]! += 1;
      }
    });
  });
  return counts;
}

/** Where the element of a rank from the top lies, and its rank there. */
function findRank(counts: Float64Array, rank: number): { at: number; rank: number } {
  let at = counts.length - 1;
  let left = rank;
  while (left > counts[at]!) {
    left -= counts[at]!;
    at -= 1;
  }
  return { at, rank: left };
}

function toFloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}
