import { compareText } from './compare-text.js';
import type { Entry } from './entry.js';

/**
 * Joins groups that share an exact copy of an image, so that a split cannot put one copy in training
 * and the other where it judges. A joined group has the name of the first of its groups, and its images know how theirs was called.
 */
export function joinDuplicates<T extends Pick<Entry, 'sha256' | 'group' | 'givenGroup'>>(
  entries: readonly T[],
): readonly T[] {
  const parents = new Map<string, string>();
  const findRoot = (group: string): string => {
    let root = group;
    while (parents.has(root)) root = parents.get(root)!;
    return root;
  };
  const groupOfContent = new Map<string, string>();
  for (const { sha256, group } of entries) {
    const other = groupOfContent.get(sha256) ?? group;
    groupOfContent.set(sha256, other);
    const [first, second] = [findRoot(other), findRoot(group)].sort(compareText);
    if (first !== second) parents.set(second!, first!);
  }
  return entries.map((entry) => {
    const group = findRoot(entry.group);
    return group === entry.group ? entry : { givenGroup: entry.group, ...entry, group };
  });
}
