import type { StoredHeads } from '@holdfast/clip';

/**
 * The head of a class's prompts; -1 for none. Heads are stored in the order of the classes; their names,
 * where there are any, decide.
 */
export function findHead(
  classIndex: number,
  classes: readonly string[],
  heads: StoredHeads | undefined,
): number {
  if (heads === undefined) return -1;
  if (heads.names !== undefined) return heads.names.indexOf(classes[classIndex]!);
  return classIndex < heads.count ? classIndex : -1;
}
