import { compareText } from './compare-text.js';
import type { Entry } from './entry.js';

/** Entries whose groups have been joined, and how many were exact copies of another. */
export interface JoinedEntries {
  readonly entries: readonly Entry[];
  readonly copies: number;
}

/**
 * Joins groups that share an exact copy of an image, so that a split cannot put one copy in training
 * and the other where it judges. A joined group has the name of the first of its groups.
 */
export function joinDuplicates(entries: readonly Entry[]): JoinedEntries {
  const parents = new Map<string, string>();
  const findRoot = (group: string): string => {
    let root = group;
    while (parents.has(root)) root = parents.get(root)!;
    return root;
  };
  const groupOfContent = new Map<string, string>();
  let copies = 0;
  for (const { sha256, group } of entries) {
    const other = groupOfContent.get(sha256);
    if (other === undefined) {
      groupOfContent.set(sha256, group);
      continue;
    }
    copies += 1;
    const [first, second] = [findRoot(other), findRoot(group)].sort(compareText);
    if (first !== second) parents.set(second!, first!);
  }
  if (copies === 0) return { entries, copies };
  return {
    entries: entries.map((entry) => ({ ...entry, group: findRoot(entry.group) })),
    copies,
  };
}
