import { type ClipDirectory, layOutParameters, readClipParameters } from '@holdfast/clip';
import type { TaskVectors } from '../methods/task-vectors.js';
import type { NumberedEntry } from './batch-entries.js';

/** A parameter's values in the base and in every model. */
export type ReadParameter = NumberedEntry & Pick<TaskVectors, 'base' | 'models'>;

/** Reads some parameters of the base and of every model. */
export async function readBatch(
  base: ClipDirectory,
  models: readonly ClipDirectory[],
  batch: readonly NumberedEntry[],
): Promise<ReadParameter[]> {
  const layout = layOutParameters(batch.map(({ entry: { name, shape } }) => [name, [...shape]]));
  const arrays: Float32Array[] = [];
  for (const directory of [base, ...models]) {
    const values = new Float32Array(layout.length);
    await readClipParameters(directory, layout, values);
    arrays.push(values);
  }
  return batch.map(({ entry, index }) => {
    const { offset, size } = layout.get(entry.name);
    const [old, ...others] = arrays.map((values) => values.subarray(offset, offset + size));
    return { entry, index, base: old!, models: others };
  });
}
