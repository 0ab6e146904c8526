import { comparePaired, type PairedComparison } from '@holdfast/metrics';

/** A group as [size, flips to wrong, flips to right]. */
export type GroupTriple = readonly [size: number, losses: number, gains: number];

/** The comparison of a task whose groups, no other task's, flipped as told; the reference is right 4 times out of 5. */
export function compareGroups(groups: readonly GroupTriple[]): PairedComparison {
  const labels: number[] = [];
  const reference: number[] = [];
  const candidate: number[] = [];
  const names: string[] = [];
  groups.forEach(([size, losses, gains], g) => {
    for (let i = 0; i < size; i += 1) {
      const lost = i < losses;
      const won = !lost && i < losses + gains;
      const right = lost || (!won && (g + i) % 5 !== 0);
      labels.push(1);
      reference.push(right ? 1 : 0);
      candidate.push(lost ? 0 : won ? 1 : right ? 1 : 0);
      names.push(`group ${g}`);
    }
  });
  const comparison = comparePaired({ labels, reference, candidate, groups: names });
  const groupsApart = comparison.groups.map(({ name: _, ...group }) => group);
  return { ...comparison, groups: groupsApart };
}

/** The same for independent examples. */
export function compareExamples(
  examples: number,
  flips: { readonly losses: number; readonly gains: number },
): PairedComparison {
  return compareGroups(
    Array.from({ length: examples }, (_, i) => {
      if (i < flips.losses) return [1, 1, 0];
      return i < flips.losses + flips.gains ? [1, 0, 1] : [1, 0, 0];
    }),
  );
}

/** The same group so many times. */
export function repeatGroup(group: GroupTriple, count: number): GroupTriple[] {
  return new Array<GroupTriple>(count).fill(group);
}
