import { formatCorruption } from '@holdfast/corruption';
import type { Sample } from '@holdfast/dataset';
import { createRandom } from '@holdfast/random';

/**
 * Orders samples so that every beginning of the list spreads over the labels, and of each label over its
 * groups: ten frames of each of nine signs say more than ninety of one. Images under a corruption count as a label of
 * their own; labels of one image each, such as captions, count as one together.
 *
 * Round by round every label gives one sample; a label's r-th samples of all its groups come before any
 * (r+1)-th. Within that the order is random, and the same for the same seed.
 */
export function spreadSamples(samples: readonly Sample[], seed: number): Sample[] {
  const kinds = [...groupBy(samples, describeKind).values()];
  const single = kinds.filter(({ length }) => length === 1).flat();
  const byLabel = [
    ...kinds.filter(({ length }) => length > 1),
    ...(single.length > 0 ? [single] : []),
  ];
  return interleave(
    byLabel.map((ofLabel, index) => {
      const random = createRandom(seed, index);
      const groups = [...groupBy(ofLabel, ({ group }) => group).values()];
      random.shuffle(groups);
      for (const group of groups) random.shuffle(group);
      return interleave(groups);
    }),
  );
}

function describeKind({ label, corruption }: Sample): string {
  return JSON.stringify([label, corruption && formatCorruption(corruption)]);
}

/** The first of every list, then the second of every list that has one, and so on. */
function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  return Array.from({ length: longest }, (_, round) =>
    lists.flatMap((list) => list.slice(round, round + 1)),
  ).flat();
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
