import type { PairedComparison } from '@holdfast/metrics';
import type { ChangeEvidence } from './change-evidence.js';
import { createGroupEvidence } from './group-evidence.js';
import { collectStrata } from './group-strata.js';
import { createIndependentEvidence } from './independent-evidence.js';

/**
 * Weighs a comparison: by examples where every example is its own group, else by groups.
 *
 * @param seed for the random subsets that stand in for all of them where those are too many
 */
export function weighChange(comparison: PairedComparison, seed: number): ChangeEvidence {
  return comparison.groupCount === comparison.exampleCount
    ? createIndependentEvidence(comparison)
    : createGroupEvidence(collectStrata(comparison.groups), seed);
}
