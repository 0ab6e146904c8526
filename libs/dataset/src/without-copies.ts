import type { Division } from './divide-entries.js';
import { describeEntry, type Entry } from './entry.js';
import { listPartitions } from './partition.js';

/** An image that data without copies do not have. */
export interface DroppedImage {
  /** Where it is named: a row of the manifest, or its path. */
  readonly place: string;
  readonly relativePath: string;
  /** Whether a run refuses the data because of it; else it is only not worth counting. */
  readonly leaks: boolean;
  /** Why, in words that follow the path. */
  readonly reason: string;
}

/** Uses in the order in which they give a copy up. */
const uses = ['training', 'steering', 'validation', 'test'] as const;
const splits = ['train', 'val', 'test'] as const;

/**
 * Finds the images to leave out so that no group and no image (by content) is in two uses, and none is in
 * one use twice.
 *
 * Training gives a copy up first, then steering, then validation; test keeps what it has. Of copies in one
 * use the first by path stays; where their labels differ, none does, since nobody can tell which is right.
 *
 * @param entries those that a run uses; where nothing but chance divides them, all are in one use
 */
export function findDropped(entries: readonly Entry[], division: Division): DroppedImage[] {
  const findUse = createUseFinder(division);
  const dropped = new Map<Entry, DroppedImage>();
  for (const members of gather(entries, ({ group }) => group)) {
    dropLowerUses(members, findUse, dropped, (other) => {
      return `its group "${other.group}" is also in ${findUse(other).name} (${other.place})`;
    });
  }
  const rest = entries.filter((entry) => !dropped.has(entry));
  for (const copies of gather(rest, ({ sha256 }) => sha256)) {
    dropLowerUses(copies, findUse, dropped, (other) => {
      return `it is an exact copy of ${describeEntry(other)}, which is in ${findUse(other).name}`;
    });
    dropRepeats(
      copies.filter((entry) => !dropped.has(entry)),
      dropped,
    );
  }
  return entries.flatMap((entry) => dropped.get(entry) ?? []);
}

interface Use {
  readonly rank: number;
  readonly name: string;
}

function createUseFinder(division: Division): (entry: Entry) => Use {
  if (division === 'none') return () => ({ rank: 0, name: 'the data' });
  const names: readonly string[] = division === 'roles' ? uses : splits;
  return ({ roles, split }) => {
    const name = (division === 'roles' ? listPartitions(roles).at(-1) : split) ?? '';
    return { rank: names.indexOf(name), name };
  };
}

function gather(entries: readonly Entry[], keyOf: (entry: Entry) => string): Entry[][] {
  const sets = new Map<string, Entry[]>();
  for (const entry of entries) {
    const set = sets.get(keyOf(entry));
    if (set === undefined) sets.set(keyOf(entry), [entry]);
    else set.push(entry);
  }
  return [...sets.values()].filter((set) => set.length > 1);
}

function dropLowerUses(
  members: readonly Entry[],
  findUse: (entry: Entry) => Use,
  dropped: Map<Entry, DroppedImage>,
  describeWhy: (keeper: Entry) => string,
): void {
  const highest = Math.max(...members.map((entry) => findUse(entry).rank));
  const keeper = members.find((entry) => findUse(entry).rank === highest)!;
  for (const entry of members) {
    const { rank, name } = findUse(entry);
    if (rank === highest) continue;
    const reason = `${describeWhy(keeper)}; ${name} gives it up`;
    dropped.set(entry, { ...identify(entry), leaks: true, reason });
  }
}

function dropRepeats(copies: readonly Entry[], dropped: Map<Entry, DroppedImage>): void {
  const [first, ...others] = copies;
  if (first === undefined || others.length === 0) return;
  const labels = [...new Set(copies.map(({ label }) => label))];
  if (labels.length === 1) {
    for (const entry of others) {
      const reason = `it is an exact copy of ${describeEntry(first)} in the same use`;
      dropped.set(entry, { ...identify(entry), leaks: false, reason });
    }
    return;
  }
  for (const entry of copies) {
    const other = copies.find(({ label }) => label !== entry.label)!;
    const reason = `it is labelled "${entry.label}", and its exact copy ${describeEntry(other)} "${other.label}"; nobody can tell which is right`;
    dropped.set(entry, { ...identify(entry), leaks: true, reason });
  }
}

function identify({ place, relativePath }: Entry) {
  return { place, relativePath };
}
