import type { Embeddings } from '@holdfast/metrics';

/**
 * The zero-shot classifier [classes, d]: each class's mean over its prompts, normalised.
 *
 * @param embeddings [classes x templates, d], a class's prompts one after another
 */
export function averageTemplates(embeddings: Embeddings, classCount: number): Embeddings {
  const { columns, data } = embeddings;
  const templateCount = embeddings.rows / classCount;
  if (templateCount === 1) return embeddings;
  const averaged = new Float32Array(classCount * columns);
  for (let c = 0; c < classCount; c += 1) {
    const sums = new Float64Array(columns);
    for (let t = 0; t < templateCount; t += 1) {
      const start = (c * templateCount + t) * columns;
      for (let j = 0; j < columns; j += 1) sums[j]! += data[start + j]!;
    }
    const norm = Math.sqrt(sums.reduce((total, x) => total + x * x, 0));
    averaged.set(
      sums.map((x) => x / norm),
      c * columns,
    );
  }
  return { rows: classCount, columns, data: averaged };
}
