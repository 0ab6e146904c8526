import type { Embeddings } from './embeddings.js';

/**
 * The zero-shot classifier: each class's mean over the embeddings of its prompts, normalised.
 *
 *   classifier_c = mean_c / |mean_c|,   mean_c = 1/T sum_t embeddings_(cT + t)
 *
 * One prompt a class is taken as it is. Sums are in float64, in order of prompts.
 *
 * Shapes: `prompts` is [classes x T, d], the prompts of a class one after another; the result is
 * [classes, d].
 * @throws RangeError if the rows are not the same number for every class, or a mean has no direction.
 */
export function averageClassifier(
  { rows, columns, data }: Embeddings,
  classCount: number,
): Embeddings & { readonly data: Float32Array } {
  if (classCount < 1 || rows < classCount || rows % classCount !== 0) {
    throw new RangeError(
      `${rows} prompts are not the same number for each of ${classCount} classes`,
    );
  }
  const promptCount = rows / classCount;
  if (promptCount === 1) return { rows, columns, data: Float32Array.from(data) };
  const classifier = new Float32Array(classCount * columns);
  for (let c = 0; c < classCount; c += 1) {
    const sums = new Float64Array(columns);
    for (let t = 0; t < promptCount; t += 1) {
      const start = (c * promptCount + t) * columns;
      for (let j = 0; j < columns; j += 1) sums[j]! += data[start + j]!;
    }
    const norm = Math.sqrt(sums.reduce((total, x) => total + x * x, 0));
    if (!(norm > 0)) throw new RangeError(`the prompts of class ${c} average to nothing`);
    for (let j = 0; j < columns; j += 1) classifier[c * columns + j] = sums[j]! / norm;
  }
  return { rows: classCount, columns, data: classifier };
}
