import type { ParameterEntry } from '@holdfast/clip';

/** A parameter and its place among all of the model's. */
export interface NumberedEntry {
  readonly entry: ParameterEntry;
  readonly index: number;
}

/**
 * Divides parameters, in order, into batches that are read at once: of at most so many elements, but a larger one alone.
 * Opening a file for each of hundreds of small ones takes longer than reading them.
 */
export function batchEntries(
  entries: readonly ParameterEntry[],
  elementsMax: number,
): NumberedEntry[][] {
  const batches: NumberedEntry[][] = [];
  let elements = Number.POSITIVE_INFINITY;
  for (const [index, entry] of entries.entries()) {
    if (elements + entry.size > elementsMax) {
      batches.push([]);
      elements = 0;
    }
    batches.at(-1)!.push({ entry, index });
    elements += entry.size;
  }
  return batches;
}
