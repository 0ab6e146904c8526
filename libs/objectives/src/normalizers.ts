import { addLogs } from './log-sum.js';

/**
 * Normalizers of some samples, in log space; also what a checkpoint stores.
 *
 * Shapes: all are [samples]; `samples` has no duplicates.
 */
export interface NormalizerTable {
  /** Index of each sample. */
  readonly samples: Uint32Array;
  /** log s_i^I of each. */
  readonly imageLogNormalizers: Float64Array;
  /** log s_i^T of each. */
  readonly textLogNormalizers: Float64Array;
}

/** The normalizers of every sample visited so far; a sample that is not in the maps was never visited. */
export interface NormalizerState {
  /** log s_i^I by sample index. */
  readonly imageLogNormalizers: ReadonlyMap<number, number>;
  /** log s_i^T by sample index. */
  readonly textLogNormalizers: ReadonlyMap<number, number>;
}

/** A state that can be written to; only {@link applyNormalizers} does. */
export interface MutableNormalizerState extends NormalizerState {
  readonly imageLogNormalizers: Map<number, number>;
  readonly textLogNormalizers: Map<number, number>;
}

/** No sample visited yet. */
export function createNormalizerState(): MutableNormalizerState {
  return { imageLogNormalizers: new Map(), textLogNormalizers: new Map() };
}

/** Puts a table into a state: what an objective returned, or what a checkpoint stored. */
export function applyNormalizers(state: MutableNormalizerState, table: NormalizerTable): void {
  table.samples.forEach((sample, i) => {
    state.imageLogNormalizers.set(sample, table.imageLogNormalizers[i]!);
    state.textLogNormalizers.set(sample, table.textLogNormalizers[i]!);
  });
}

/** Every normalizer of a state, by ascending sample. */
export function listNormalizers(state: NormalizerState): NormalizerTable {
  const samples = Uint32Array.from(state.imageLogNormalizers.keys()).sort();
  return {
    samples,
    imageLogNormalizers: Float64Array.from(samples, (s) => state.imageLogNormalizers.get(s)!),
    textLogNormalizers: Float64Array.from(samples, (s) => state.textLogNormalizers.get(s)!),
  };
}

/**
 * Moves a normalizer towards this batch's partition term, in log space.
 *
 *   s <- g                               first visit
 *   s <- (1 - gamma1) s + gamma1 g       later
 *
 * `saved` is log s, undefined at the first visit; `term` is log g.
 */
export function moveNormalizer(
  saved: number | undefined,
  term: number,
  movingAverage: number,
): number {
  if (saved === undefined) return term;
  return addLogs(Math.log1p(-movingAverage) + saved, Math.log(movingAverage) + term);
}

/**
 * One row a sample: a sample that several pairs of the batch share keeps the mean of their normalizers,
 * which is one move towards the mean of their partition terms.
 */
export function mergeNormalizers(
  samples: ArrayLike<number>,
  image: Float64Array,
  text: Float64Array,
): NormalizerTable {
  const rowOf = new Map<number, number>();
  for (let i = 0; i < samples.length; i += 1) {
    if (!rowOf.has(samples[i]!)) rowOf.set(samples[i]!, rowOf.size);
  }
  const sums = [image, text].map(() => new Float64Array(rowOf.size).fill(-Infinity));
  const counts = new Uint32Array(rowOf.size);
  for (let i = 0; i < samples.length; i += 1) {
    const row = rowOf.get(samples[i]!)!;
    sums[0]![row] = addLogs(sums[0]![row]!, image[i]!);
    sums[1]![row] = addLogs(sums[1]![row]!, text[i]!);
    counts[row]! += 1;
  }
  const [imageMeans, textMeans] = sums.map((sum) =>
    sum.map((log, row) => (counts[row] === 1 ? log : log - Math.log(counts[row]!))),
  );
  return {
    samples: Uint32Array.from(rowOf.keys()),
    imageLogNormalizers: imageMeans!,
    textLogNormalizers: textMeans!,
  };
}
