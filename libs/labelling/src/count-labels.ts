import { boundSuccesses } from './bound-successes.js';
import { type ClassChecks, drawChecks } from './draw-checks.js';
import { collectPoolGroups, type PoolGroup } from './pool-groups.js';
import { isAgreed, type PoolImage } from './pool-image.js';

/** An image that counts, and as what. */
export interface CountedImage {
  /** Position in the pool. */
  readonly place: number;
  /** Its label, or the class that it is counted to without one. */
  readonly classIndex: number;
}

/** What is known of one class of a pool. */
export interface ClassCount {
  /** Images that a person gave this label. */
  readonly labelled: number;
  /** Images without a label that count for it because a check says that there are so many at least. */
  readonly counted: number;
  /** Images without a label that count as lost: the old model answers this class there, and the new one another. */
  readonly assumedLost: number;
  /** Groups on which both models answer this class throughout. */
  readonly agreedGroups: number;
  /** Of these, drawn to be checked; and drawn and labelled with this class throughout. */
  readonly checkedGroups: number;
  readonly confirmedGroups: number;
  /** Of `agreedGroups`, those that show this class, at least, at the level asked for. */
  readonly agreedGroupsMin: number;
  /** Images of this class that one group may have, at the most. */
  readonly largestGroup: number;
}

/** What is known of a pool. */
export interface PoolCount {
  /** In order of position. */
  readonly images: readonly CountedImage[];
  /** [classes]. */
  readonly classes: readonly ClassCount[];
  /** Images without a label. */
  readonly unlabelled: number;
}

/** How a pool is counted. */
export interface CountSettings {
  readonly classCount: number;
  /** Groups that are checked of each class, at the most. */
  readonly checksMax: number;
  /** Chance that any class has fewer groups than are counted for it: it is shared out over all of them. */
  readonly level: number;
}

/**
 * Counts a pool of which some labels are known, so that no lower bound of a change is higher than with all of
 * them (docs/statistics.md, "Fewer labels"):
 *
 *   - an image with a label counts for its class;
 *   - without one, where the models disagree, it counts as lost for the class that the old model answers;
 *   - without one, where they agree, it counts for nothing, but for as many groups as the checks of their class
 *     say that there are: K_low of {@link boundSuccesses} minus those that are known, the smallest.
 */
export function countLabels(
  images: readonly PoolImage[],
  { classCount, checksMax, level }: CountSettings,
): PoolCount {
  const groups = collectPoolGroups(images);
  const checks = drawChecks(groups, classCount, checksMax);
  const known = images.flatMap(({ label, reference }, place): CountedImage[] => {
    if (typeof label === 'number') return [{ place, classIndex: label }];
    const isLost = label === undefined && !isAgreed(images[place]!);
    return isLost ? [{ place, classIndex: reference }] : [];
  });
  const bounded = checks.map((check, classIndex) =>
    boundClass(images, groups, { ...check, classIndex, level: level / classCount }),
  );
  const counted = bounded.map(({ added }, classIndex) =>
    added.flatMap((index) => groups[index]!.images.map((place) => ({ place, classIndex }))),
  );
  const perClass = countPerClass(images, known, classCount);
  const largest = boundLargestGroups(images, groups, classCount);
  return {
    images: [...known, ...counted.flat()].sort((a, b) => a.place - b.place),
    classes: bounded.map(({ added: _, ...figures }, classIndex) => ({
      ...perClass[classIndex]!,
      ...figures,
      counted: counted[classIndex]!.length,
      largestGroup: largest[classIndex]!,
    })),
    unlabelled: images.filter(({ label }) => label === undefined).length,
  };
}

interface ClassQuestion extends ClassChecks {
  readonly classIndex: number;
  readonly level: number;
}

/** How many of the groups that are answered alike show the class, and which unlabelled ones stand for the rest. */
function boundClass(
  images: readonly PoolImage[],
  groups: readonly PoolGroup[],
  { agreed, checked, classIndex, level }: ClassQuestion,
) {
  const labelsOf = (index: number) => groups[index]!.images.map((place) => images[place]!.label);
  const isConfirmed = (index: number) => labelsOf(index).every((label) => label === classIndex);
  const isUnlabelled = (index: number) => labelsOf(index).every((label) => label === undefined);
  const confirmedGroups = checked.filter(isConfirmed).length;
  const sample = { population: agreed.length, drawn: checked.length, successes: confirmedGroups };
  const agreedGroupsMin = boundSuccesses(sample, level);
  const unlabelled = agreed.filter(isUnlabelled);
  // A group that is labelled in part is neither known nor counted: it may be one of those that the bound has.
  const elsewhere = agreed.filter((index) => !isUnlabelled(index)).length;
  const wrong = agreed.filter((index) =>
    labelsOf(index).some((label) => isOther(label, classIndex)),
  );
  const missing = Math.max(0, agreedGroupsMin - (elsewhere - wrong.length));
  return {
    agreedGroups: agreed.length,
    checkedGroups: checked.length,
    confirmedGroups,
    agreedGroupsMin,
    added: [...unlabelled]
      .sort((a, b) => groups[a]!.images.length - groups[b]!.images.length || a - b)
      .slice(0, missing),
  };
}

function isOther(label: PoolImage['label'], classIndex: number): boolean {
  return label !== undefined && label !== classIndex;
}

function countPerClass(
  images: readonly PoolImage[],
  known: readonly CountedImage[],
  classCount: number,
): { labelled: number; assumedLost: number }[] {
  const counts = Array.from({ length: classCount }, () => ({ labelled: 0, assumedLost: 0 }));
  for (const { place, classIndex } of known) {
    if (images[place]!.label === undefined) counts[classIndex]!.assumedLost += 1;
    else counts[classIndex]!.labelled += 1;
  }
  return counts;
}

/** Images of each class that one group has, those without a label included. */
function boundLargestGroups(
  images: readonly PoolImage[],
  groups: readonly PoolGroup[],
  classCount: number,
): number[] {
  const largest = new Array<number>(classCount).fill(1);
  let largestOpen = 1;
  for (const { images: places } of groups) {
    const labels = places.map((place) => images[place]!.label);
    const open = labels.filter((label) => label === undefined).length;
    largestOpen = Math.max(largestOpen, open);
    const sizes = new Map<number, number>();
    for (const label of labels) {
      if (typeof label === 'number') sizes.set(label, (sizes.get(label) ?? open) + 1);
    }
    for (const [label, size] of sizes) largest[label] = Math.max(largest[label]!, size);
  }
  return largest.map((size) => Math.max(size, largestOpen));
}
