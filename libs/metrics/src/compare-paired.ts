/** Both models' predictions of the same examples. */
export interface PairedInput {
  /** [n] true classes. */
  readonly labels: ArrayLike<number>;
  /** [n] predictions of the deployed model. */
  readonly reference: ArrayLike<number>;
  /** [n] predictions of the model that would replace it. */
  readonly candidate: ArrayLike<number>;
  /** [n] group of each example; empty or absent: every example is its own group. */
  readonly groups?: readonly string[];
  /** Absent: nothing is left out. */
  readonly missing?: MissingExamples | undefined;
}

/**
 * Where labels are missing: examples that both models answer alike may be left out, and examples that they
 * answer differently may stand as losses though nobody knows that they are.
 */
export interface MissingExamples {
  /** Examples that the largest group may have, those left out included. */
  readonly largestGroup: number;
}

/** What changed in one group of examples. */
export interface GroupFlips {
  /** Absent for an example that is its own group. */
  readonly name?: string;
  /** n_g: examples in the group. */
  readonly size: number;
  /** b_g: right before, wrong now. */
  readonly negativeFlips: number;
  /** c_g: wrong before, right now. */
  readonly positiveFlips: number;
}

/** Old against new on the same examples. */
export interface PairedComparison {
  /** n. */
  readonly exampleCount: number;
  readonly groupCount: number;
  readonly referenceAccuracy: number;
  readonly candidateAccuracy: number;
  /** Delta = (c - b) / n: computed from the flips, so that equal counts give equal numbers. */
  readonly accuracyChange: number;
  /** b: right before, wrong now. */
  readonly negativeFlips: number;
  /** c: wrong before, right now. */
  readonly positiveFlips: number;
  /** The groups, in order of first appearance. */
  readonly groups: readonly GroupFlips[];
  /** Absent: nothing was left out. */
  readonly missing?: MissingExamples;
}

/**
 * Compares two models example by example.
 *
 *   Delta = (c - b) / n,   b = right before and wrong now,   c = wrong before and right now
 *
 * @throws RangeError if there is no example or the lengths differ.
 */
export function comparePaired(input: PairedInput): PairedComparison {
  const { labels, reference, candidate, missing } = input;
  checkLengths(input);
  const groups = collectFlips(input);
  let negativeFlips = 0;
  let positiveFlips = 0;
  for (const group of groups) {
    negativeFlips += group.negativeFlips;
    positiveFlips += group.positiveFlips;
  }
  return {
    exampleCount: labels.length,
    groupCount: groups.length,
    referenceAccuracy: countCorrect(labels, reference) / labels.length,
    candidateAccuracy: countCorrect(labels, candidate) / labels.length,
    accuracyChange: (positiveFlips - negativeFlips) / labels.length,
    negativeFlips,
    positiveFlips,
    groups,
    ...(missing && { missing }),
  };
}

function checkLengths({ labels, reference, candidate, groups }: PairedInput): void {
  const n = labels.length;
  if (n === 0) throw new RangeError('a comparison needs an example');
  const grouped = groups !== undefined && groups.length > 0 ? groups.length : n;
  if (reference.length !== n || candidate.length !== n || grouped !== n) {
    throw new RangeError(
      `${n} labels, ${reference.length} and ${candidate.length} predictions, ${grouped} groups`,
    );
  }
}

function collectFlips({ labels, reference, candidate, groups = [] }: PairedInput): GroupFlips[] {
  const flips = new Map<string | number, { -readonly [K in keyof GroupFlips]: GroupFlips[K] }>();
  for (let i = 0; i < labels.length; i += 1) {
    const name = groups[i];
    const key = name ?? i;
    let group = flips.get(key);
    if (group === undefined) {
      group = { ...(name !== undefined && { name }), size: 0, negativeFlips: 0, positiveFlips: 0 };
      flips.set(key, group);
    }
    const before = reference[i] === labels[i];
    const after = candidate[i] === labels[i];
    group.size += 1;
    if (before && !after) group.negativeFlips += 1;
    if (!before && after) group.positiveFlips += 1;
  }
  return [...flips.values()];
}

function countCorrect(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  let correct = 0;
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === predictions[i]) correct += 1;
  return correct;
}
