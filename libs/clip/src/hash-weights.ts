import { sha256 } from '@holdfast/artifacts';

/**
 * Identity of a model's weights from the sha256 of each of its files: of one file its own, as
 * `sha256sum` says it; of several (shards, heads) that of the lines `<sha256>  <name>`, sorted by name.
 */
export function hashWeights(files: ReadonlyMap<string, string>): string {
  if (files.size === 1) return [...files.values()][0]!;
  const names = [...files.keys()].sort();
  return sha256(names.map((name) => `${files.get(name)}  ${name}\n`).join(''));
}
