import type { PairedComparison } from './compare-paired.js';

/**
 * The same examples with the two models exchanged: what flipped to right flips to wrong.
 *
 *   b' = c,  c' = b,  Delta' = -Delta
 *
 * A capability that must not grow from w_old to w is one that must not be lost from w to w_old.
 */
export function exchangeModels(comparison: PairedComparison): PairedComparison {
  const { referenceAccuracy, candidateAccuracy, negativeFlips, positiveFlips } = comparison;
  return {
    ...comparison,
    referenceAccuracy: candidateAccuracy,
    candidateAccuracy: referenceAccuracy,
    // From the counts, so that no change is 0 and not -0.
    accuracyChange: (negativeFlips - positiveFlips) / comparison.exampleCount,
    negativeFlips: positiveFlips,
    positiveFlips: negativeFlips,
    groups: comparison.groups.map((group) => ({
      ...group,
      negativeFlips: group.positiveFlips,
      positiveFlips: group.negativeFlips,
    })),
  };
}
