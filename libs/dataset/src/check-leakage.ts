import { describeEntry, type Entry } from './entry.js';
import { listPartitions } from './partition.js';
import { createProblems } from './problems.js';

/**
 * Checks that training, steering, validation and test share neither a group nor an image (by
 * content), and that no image is both a target and another class.
 *
 * @param entries those that the run uses
 * @throws Fault `invalid` that names the files on both sides.
 */
export function checkLeakage(entries: readonly Entry[], targets: ReadonlySet<string>): void {
  const problems = createProblems();
  const firstOfGroup = new Map<string, Entry>();
  const firstOfContent = new Map<string, Entry>();
  for (const entry of entries) {
    const sameGroup = remember(firstOfGroup, entry.group, entry);
    if (usesOf(sameGroup) !== usesOf(entry)) {
      problems.add(
        entry.place,
        `the group "${entry.group}" is in ${usesOf(sameGroup)} (${sameGroup.place}) and in ${usesOf(entry)}: near-duplicates must stay together`,
      );
      continue;
    }
    const same = remember(firstOfContent, entry.sha256, entry);
    const copy = describeCopy(entry, same);
    if (usesOf(same) !== usesOf(entry)) {
      problems.add(entry.place, `${copy}, but one is in ${usesOf(same)}, one in ${usesOf(entry)}`);
    } else if (
      same.label !== entry.label &&
      [same.label, entry.label].some((label) => targets.has(label))
    ) {
      problems.add(
        entry.place,
        `${copy}, but one is labelled "${same.label}", one "${entry.label}": an image cannot be ${targets.size === 1 ? 'the' : 'a'} target and something else, so remove one`,
      );
    }
  }
  problems.throwIfAny(
    'the data leak from one use into another; leave out one of each, or have the command "data check --write" write a manifest without them',
  );
}

function describeCopy(entry: Entry, same: Entry): string {
  const subject = entry.place === entry.relativePath ? 'is' : `${entry.relativePath} is`;
  return `${subject} an exact copy of ${describeEntry(same)}`;
}

function usesOf({ roles }: Entry): string {
  return listPartitions(roles).join(' and ');
}

function remember(seen: Map<string, Entry>, key: string, entry: Entry): Entry {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, entry);
  return first ?? entry;
}
