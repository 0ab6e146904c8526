import type { PairedComparison } from '@holdfast/metrics';
import { collectStrata } from '../bounds/group-strata.js';
import type { ChangeEvidence } from './change-evidence.js';
import { createGroupEvidence } from './group-evidence.js';
import { createIndependentEvidence } from './independent-evidence.js';

/**
 * Weighs a comparison: by examples where every example is its own group, else by groups.
 *
 * Where labels are missing (`comparison.missing`) only the lower bound holds: an example left out was answered
 * alike, n_g grows by it and d_g does not, so that every term d_g - delta n_g of a p-value at delta <= 0 is
 * smaller without it, and the p-value larger; a loss that is none makes it larger, too. A gain is not shown by
 * them: the lower bound is 0 at the most. The upper bound is 1.
 *
 * @param seed for the random subsets that stand in for all of them where those are too many
 */
export function weighChange(comparison: PairedComparison, seed: number): ChangeEvidence {
  const { missing, groupCount, exampleCount } = comparison;
  const isIndependent = groupCount === exampleCount && (missing?.largestGroup ?? 1) === 1;
  const evidence = isIndependent
    ? createIndependentEvidence(comparison)
    : createGroupEvidence(collectStrata(comparison), seed);
  if (missing === undefined) return evidence;
  return {
    ...evidence,
    lowerBound: (level) => Math.min(0, evidence.lowerBound(level)),
    upperBound: () => 1,
    dropPValue: () => 1,
  };
}
